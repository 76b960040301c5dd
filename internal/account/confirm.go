package account

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/user"
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
	query := a.db.Client().User.Query().Where(user.ID(v.ID))
	switch v.Kind {
	case auth.KindSession:
		query.Where(func(s *sql.Selector) {
			t := sql.Table(session.Table)
			s.Where(sql.Exists(sql.Select(t.C(session.FieldID)).From(t).Where(sql.And(
				sql.EQ(t.C(session.FieldID), v.Credential), sql.EQ(t.C(session.FieldUserID), v.ID),
				sql.IsNull(t.C(session.FieldRevokedAt)), sql.GT(t.C(session.FieldExpiresAt), a.now())))))
		})
	case auth.KindPersonal:
		query.Where(func(s *sql.Selector) {
			t := sql.Table(accesstoken.Table)
			s.Where(sql.Exists(sql.Select(t.C(accesstoken.FieldID)).From(t).Where(sql.And(
				sql.EQ(t.C(accesstoken.FieldID), v.Credential), sql.EQ(t.C(accesstoken.FieldUserID), v.ID),
				sql.GT(t.C(accesstoken.FieldExpiresAt), a.now())))))
		})
	}
	u, err := query.Only(database.NameStatements(ctx, "confirm"))
	if ent.IsNotFound(err) {
		return auth.Viewer{}, auth.Refuse(errors.New("the user, session or token is gone"))
	}
	if err != nil {
		return auth.Viewer{}, err
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

// The statement of condition: in front of and behind what differs by the kind of
// the credential. $1 is the user.
var (
	conditionStart = "SELECT u." + strings.Join(table.Users.Names(), ", u.") +
		" FROM (SELECT) AS one LEFT JOIN users AS u ON u.id = $1"
	conditionOf = map[auth.Kind]string{
		auth.KindSession:  " AND EXISTS (SELECT FROM sessions AS s WHERE s.id = $2 AND s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $3)",
		auth.KindPersonal: " AND EXISTS (SELECT FROM access_tokens AS t WHERE t.id = $2 AND t.user_id = $1 AND t.expires_at > $3)",
	}
	conditionEnd = " WHERE 1 / (u.id IS NOT NULL)::int = 1"
)

// condition is that the viewer's credential holds and that they have the role
// which it is believed to give. It reads the viewer's row into u.
func (a *Accounts) condition(v auth.Viewer, u *ent.User) *database.Condition {
	args := []any{row.Key(v.ID.ID)}
	of, named := conditionOf[v.Kind]
	if named {
		args = append(args, row.Key(v.Credential), a.now())
	}
	if v.Scopes.Has(auth.ScopeAdmin) { // else no role matters: see limit
		args = append(args, string(v.Role))
		of += " AND u.role = $" + strconv.Itoa(len(args))
	}
	return &database.Condition{
		Name: "confirm", SQL: conditionStart + of + conditionEnd, Args: args,
		Read: func(rows database.Rows) error { return readUser(rows, u) },
	}
}

func readUser(rows database.Rows, u *ent.User) error {
	var none []row.Column[struct{}] // no columns before those of the user
	if raw := rows.Raw(); raw != nil {
		return row.Read(raw, none, table.Users.Columns, nil, u, &row.Arena{Rows: 1})
	}
	return row.Scan(rows.Scan, none, table.Users.Columns, nil, u)
}
