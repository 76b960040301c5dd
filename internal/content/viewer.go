package content

import (
	"context"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/query"
)

// FindViewer returns the viewer with this user name or id, or NOT_FOUND. It
// is what the development-only viewer header looks up.
func (c *Content) FindViewer(ctx context.Context, login string) (auth.Viewer, error) {
	found, err := c.findUser(ctx, login)
	switch {
	case err != nil:
		return auth.Viewer{}, err
	case found == nil:
		return auth.Viewer{}, notFound("user", login)
	}
	return auth.Viewer{ID: found.ID, Role: found.Role, User: found}, nil
}

func (c *Content) findUser(ctx context.Context, login string) (*ent.User, error) {
	const everything = ^query.Columns(0)
	q := query.New(c.db, auth.Viewer{}).Named("viewer")
	if id, err := typeid.Parse(login); err == nil {
		if userID, err := id.User(); err == nil {
			found, err := query.ByID(ctx, q, query.Users, query.KeysOf(query.Key(userID.ID)), everything)
			if err != nil {
				return nil, err
			}
			return found[0], nil
		}
	}
	return q.UserByUsername(ctx, login, everything)
}
