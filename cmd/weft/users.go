package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
)

// manageUsers gives a user a role, above all the first administrator. Servers
// that run notice within seconds.
func manageUsers(ctx context.Context, in invocation) error {
	set := in.flags("users", "grant ROLE USERNAME")
	if err := in.parse(set, 3); err != nil {
		return err
	}
	if set.Arg(0) != "grant" {
		fmt.Fprintf(in.stderr, "weft users: want grant, not %q\n", set.Arg(0))
		return errUsage
	}
	role := auth.Role(strings.ToUpper(set.Arg(1)))
	if role.AtLeast(auth.RoleUser) {
		return withDatabase(ctx, in, func(ctx context.Context, _ config.Config, db *database.Database) error {
			changed, err := account.GrantRole(ctx, db, set.Arg(2), role)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(in.stdout, "%s has the role %s\n", changed.Username, changed.Role)
			return err
		})
	}
	fmt.Fprintf(in.stderr, "weft users: the role is one of %s, not %q\n", strings.Join(role.Values(), ", "), set.Arg(1))
	return errUsage
}
