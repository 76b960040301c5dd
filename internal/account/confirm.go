package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/row"
)

// Confirm asks the store, with one statement, whether the viewer's session or
// token still holds and which role they have now. Each mutation asks this, here
// or in Confirmed, so that a revocation or a change of role takes effect there at
// once, whatever the access token says. A credential that holds no longer is
// UNAUTHENTICATED. The whole row is read, so that an answer with what the viewer
// wrote needs no other statement for its author.
func (a *Accounts) Confirm(ctx context.Context, v auth.Viewer) (auth.Viewer, error) {
	if v.Kind == auth.KindHeader {
		return v, nil // read from the store for this very request
	}
	holds, args := a.holds(v)
	rows, err := a.db.Query(ctx, database.Read{Loader: confirming, SQL: "SELECT " + userColumns + " FROM users AS u WHERE u.id = $1" + holds, Args: args})
	if err != nil {
		return auth.Viewer{}, fmt.Errorf("confirm the viewer: %w", err)
	}
	defer rows.Close()
	var u *ent.User
	for rows.Next() {
		u = &ent.User{}
		if err := readUser(rows, u); err != nil {
			return auth.Viewer{}, fmt.Errorf("confirm the viewer: %w", err)
		}
	}
	switch err := rows.Err(); {
	case err != nil:
		return auth.Viewer{}, fmt.Errorf("confirm the viewer: %w", err)
	case u == nil:
		return auth.Viewer{}, auth.Refuse(errors.New("the user, session or token is gone"))
	}
	v.Role, v.User = u.Role, u
	return limit(v), nil
}

// Confirmed runs a mutation that is one transaction, as the viewer whom Confirm
// would return, and on PostgreSQL without a round trip for it: run gets the viewer
// as they are believed, and the first statement of its transaction stops it if the
// store knows better. Then Confirm says what is so, and run runs again if only the
// role is another.
func (a *Accounts) Confirmed(ctx context.Context, v auth.Viewer, run func(context.Context, auth.Viewer) (any, error)) (any, error) {
	if database.Conditional(ctx) { // an outer call of this mutation asks
		return run(ctx, v)
	}
	if v.Kind == auth.KindHeader || a.db.Dialect() == dialect.SQLite || database.InTx(ctx) {
		v, err := a.Confirm(ctx, v)
		if err != nil {
			return nil, err
		}
		return run(ctx, v)
	}
	believed, known := v, &ent.User{} // known is filled in when the store has answered
	believed.User = known
	holds := a.condition(v, known)
	result, err := run(database.Under(ctx, holds), believed)
	if holds.Met() || database.IsOutcomeUnknown(err) {
		return result, err
	}
	now, refusal := a.Confirm(ctx, v)
	switch {
	case refusal == nil && holds.Unmet():
		return run(ctx, now)
	case refusal == nil:
		// It failed, or was done, before anything was asked.
		*known = *now.User.(*ent.User)
	case err == nil || apperr.CodeOf(refusal) == apperr.Unauthenticated:
		return nil, refusal
	}
	return result, err
}

// confirming is what the statements are reported as.
const confirming = "confirm"

var userColumns = "u." + strings.Join(table.Users.Names(), ", u.")

// holds is that a viewer's credential holds, in the form AND …, with the arguments:
// $1 is the user.
func (a *Accounts) holds(v auth.Viewer) (sql string, args []any) {
	switch v.Kind {
	case auth.KindSession:
		return " AND EXISTS (SELECT 1 FROM sessions AS s WHERE s.id = $2 AND s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $3)",
			[]any{v.ID, typeid.SessionFrom(v.Credential), a.now()}
	case auth.KindPersonal:
		return " AND EXISTS (SELECT 1 FROM access_tokens AS t WHERE t.id = $2 AND t.user_id = $1 AND t.expires_at > $3)",
			[]any{v.ID, typeid.TokenFrom(v.Credential), a.now()}
	}
	return "", []any{v.ID}
}

// condition is holds, and that the viewer has the role which the credential is
// believed to give. It reads the viewer's row into u.
func (a *Accounts) condition(v auth.Viewer, u *ent.User) *database.Condition {
	holds, args := a.holds(v)
	if v.Scopes.Has(auth.ScopeAdmin) { // else no role matters: see limit
		args = append(args, string(v.Role))
		holds += " AND u.role = $" + strconv.Itoa(len(args))
	}
	return &database.Condition{
		Name: confirming, Args: args,
		SQL: "SELECT " + userColumns + " FROM (SELECT) AS one LEFT JOIN users AS u ON u.id = $1" + holds +
			" WHERE 1 / (u.id IS NOT NULL)::int = 1",
		Read: func(rows database.Rows) error { return readUser(rows, u) },
	}
}

func readUser(rows database.Rows, u *ent.User) error {
	var none []row.Column[struct{}] // no columns before those of the user
	return row.From(rows, none, table.Users.Columns, nil, u, &row.Arena{Rows: 1})
}
