package account

import (
	"context"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/internal/database"
)

// Tokens returns the viewer's personal access tokens that hold, the oldest
// first.
func (a *Accounts) Tokens(ctx context.Context) ([]*ent.AccessToken, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	return a.db.Client().AccessToken.Query().Where(accesstoken.UserID(v.ID), accesstoken.ExpiresAtGT(a.now())).Order(accesstoken.ByID()).
		All(database.NameStatements(ctx, "User.accessTokens"))
}
