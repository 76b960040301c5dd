package account

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/revocation"
	"github.com/weftql/weft/ent/schema"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/ghost"
	"github.com/weftql/weft/internal/revision"
)

// SetRole gives a user another role. Administrators do, and not to themselves,
// so that one is always left.
func (a *Accounts) SetRole(ctx context.Context, id typeid.User, role auth.Role) (*ent.User, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case !v.Administers():
		return nil, apperr.New(apperr.Forbidden, "only administrators change roles")
	case v.ID == id:
		return nil, apperr.New(apperr.Forbidden, "nobody changes their own role: ask another administrator")
	}
	return a.setRole(ctx, v.ID, role, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		before, err := a.lockBoth(ctx, tx, v.ID, id)
		if ent.IsNotFound(err) {
			return nil, apperr.New(apperr.NotFound, "there is no user %s", id)
		}
		return before, err
	})
}

// GrantRole gives the user with this name a role. It asks for no viewer: it is
// for whoever may write to the database anyway, and for the first
// administrator.
func GrantRole(ctx context.Context, db *database.Database, username string, role auth.Role) (*ent.User, error) {
	a := &Accounts{db: db, revoked: access.NewRevocations(), now: schema.Now}
	return a.setRole(ctx, typeid.User{}, role, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		id, err := tx.User.Query().Where(user.UsernameKey(strings.ToLower(username))).OnlyID(ctx)
		if ent.IsNotFound(err) {
			return nil, apperr.New(apperr.NotFound, "there is no user %q", username)
		}
		if err != nil {
			return nil, err
		}
		return a.lockUser(ctx, tx, id)
	})
}

// setRole gives a role to the user whom find finds and locks, and tells all
// instances of it, for access tokens carry the role that their user had.
func (a *Accounts) setRole(ctx context.Context, actor typeid.User, role auth.Role, find func(context.Context, *ent.Tx) (*ent.User, error)) (*ent.User, error) {
	var changed *ent.User
	err := a.change(ctx, "setUserRole", func(ctx context.Context, tx *ent.Tx) error {
		before, err := find(ctx, tx)
		if err != nil {
			return err
		}
		if before.UsernameKey == ghost.Username {
			return apperr.New(apperr.Forbidden, "the ghost has no role to change")
		}
		if before.Role == role {
			changed = before
			return nil
		}
		if changed, err = tx.User.UpdateOne(before).SetRole(role).SetUpdatedAt(revision.Next(before.UpdatedAt, a.now())).Save(ctx); err != nil {
			return err
		}
		err = tx.Revocation.Create().SetID(changed.ID.UUID()).SetRole(role).SetCreatedAt(a.now()).
			OnConflictColumns(revocation.FieldID).UpdateNewValues().Exec(ctx)
		if err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{
			auditevent.ActionROLE_CHANGED, actor, changed.ID, string(before.Role) + " to " + string(role),
		})
	})
	if err != nil {
		return nil, err
	}
	a.revoked.SetRole(changed.ID, changed.Role, a.now())
	return changed, nil
}

// lockBoth locks an administrator and the user whose role they change, always
// in one order, and returns the user. Of two administrators who take each
// other's role at once, the second is one no longer: FORBIDDEN.
func (a *Accounts) lockBoth(ctx context.Context, tx *ent.Tx, admin, id typeid.User) (*ent.User, error) {
	found := map[typeid.User]*ent.User{}
	for _, next := range slices.SortedFunc(slices.Values([]typeid.User{admin, id}), func(x, y typeid.User) int {
		return cmp.Compare(x.String(), y.String())
	}) {
		u, err := a.lockUser(ctx, tx, next)
		if err != nil {
			return nil, err
		}
		found[next] = u
	}
	if !found[admin].Role.AtLeast(auth.RoleAdmin) {
		return nil, apperr.New(apperr.Forbidden, "only administrators change roles")
	}
	return found[id], nil
}
