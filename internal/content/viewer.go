package content

import (
	"context"
	"strings"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/typeid"
)

// FindViewer returns the viewer with this user name or id, or NOT_FOUND. It
// is what the development-only viewer header looks up.
func (c *Content) FindViewer(ctx context.Context, login string) (auth.Viewer, error) {
	where := user.UsernameKey(strings.ToLower(login))
	if id, err := typeid.Parse(login); err == nil {
		if userID, err := id.User(); err == nil {
			where = user.ID(userID)
		}
	}
	ctx = database.NameStatements(ctx, "viewer")
	found, err := c.db.Client().User.Query().Where(where).Select(user.FieldID, user.FieldRole).Only(ctx)
	if ent.IsNotFound(err) {
		return auth.Viewer{}, notFound("user", login)
	}
	if err != nil {
		return auth.Viewer{}, err
	}
	return auth.Viewer{ID: found.ID, Role: found.Role}, nil
}
