package account

import (
	"context"
	"errors"

	"entgo.io/ent/dialect/sql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/database"
)

// Confirm asks the store, with one statement, whether the viewer's session or
// token still holds and which role they have now. Each mutation does, so that
// a revocation or a change of role takes effect there at once, whatever the
// access token says. A credential that holds no longer is UNAUTHENTICATED. The
// whole row is read, so that an answer with what the viewer wrote needs no
// other statement for its author.
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
