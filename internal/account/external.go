package account

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/externalidentity"
	"github.com/weftql/weft/internal/database"
)

// subject is a user as an external issuer knows them.
type subject struct{ issuer, name string }

// FindExternal returns the viewer whom an external issuer calls by a subject,
// and makes a user for one that was never seen. The role is the user's here,
// whatever the token says, and counts only with the scope "admin".
func (a *Accounts) FindExternal(ctx context.Context, id access.Identity) (auth.Viewer, error) {
	key, now := subject{id.Issuer, id.Subject}, a.now()
	v, ok := a.linked.get(key, now)
	if !ok {
		ctx = database.NameStatements(ctx, "viewer")
		u, err := a.findLinked(ctx, key)
		if ent.IsNotFound(err) {
			u, err = a.link(ctx, key)
		}
		if ent.IsConstraintError(err) { // another request has linked it
			u, err = a.findLinked(ctx, key)
		}
		if err != nil {
			return auth.Viewer{}, err
		}
		v = auth.Viewer{ID: u.ID, Role: u.Role, Kind: auth.KindExternal}
		a.linked.put(key, v, now, id.Until)
	}
	v.Scopes = id.Scopes
	return a.revoked.Apply(limit(v))
}

func (a *Accounts) findLinked(ctx context.Context, key subject) (*ent.User, error) {
	return a.db.Client().ExternalIdentity.Query().
		Where(externalidentity.Issuer(key.issuer), externalidentity.Subject(key.name)).QueryUser().Only(ctx)
}

func (a *Accounts) link(ctx context.Context, key subject) (*ent.User, error) {
	var made *ent.User
	err := a.change(ctx, "linkIdentity", func(ctx context.Context, tx *ent.Tx) error {
		now, username := a.now(), "user-"+strings.ToLower(rand.Text()[:12])
		var err error
		made, err = tx.User.Create().SetUsername(username).SetUsernameKey(username).SetName(username).
			SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
		if err != nil {
			return err
		}
		err = tx.ExternalIdentity.Create().SetUserID(made.ID).SetIssuer(key.issuer).SetSubject(key.name).SetCreatedAt(now).Exec(ctx)
		if err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionIDENTITY_LINKED, made.ID, made.ID, key.issuer})
	})
	return made, err
}
