package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
)

// migrate applies the migrations that the database lacks, and renders what an
// older renderer made.
func migrate(ctx context.Context, in invocation) error {
	set := in.flags("migrate", "")
	dry := set.Bool("dry-run", false, "only list what would be applied")
	if err := in.parse(set, 0); err != nil {
		return err
	}
	return withAnyDatabase(ctx, in, func(ctx context.Context, _ config.Config, db *database.Database) error {
		apply, done := db.Migrate, "applied"
		if *dry {
			apply, done = db.Pending, "pending"
		}
		names, err := apply(ctx)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			names, done = []string{"the schema is up to date"}, ""
		}
		for _, name := range names {
			if _, err := fmt.Fprintln(in.stdout, strings.TrimSpace(done+" "+name)); err != nil {
				return err
			}
		}
		if *dry {
			return nil
		}
		rendered, err := content.Rerender(ctx, db)
		if rendered > 0 {
			_, said := fmt.Fprintf(in.stdout, "rendered the bodies of %d posts anew\n", rendered)
			err = errors.Join(err, said)
		}
		return err
	})
}

// upToDate sees to it that the schema is the program's. In development and on
// SQLite it applies what is missing and returns its names; in production that
// is the operator's act.
func upToDate(ctx context.Context, c config.Config, db *database.Database) (applied []string, err error) {
	if c.Env != config.Production || db.Dialect() == dialect.SQLite {
		return db.Migrate(ctx)
	}
	pending, err := db.Pending(ctx)
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("the database lacks %d migrations (%s): run weft migrate first", len(pending), strings.Join(pending, ", "))
	}
	return nil, err
}
