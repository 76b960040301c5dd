package account

import (
	"context"

	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/credential"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// again asks for the viewer's password before something that a stranger at an
// unlocked screen must not do. A user without a password has proved enough by
// the external issuer. A wrong one is FORBIDDEN: the session itself holds.
func (a *Accounts) again(ctx context.Context, v auth.Viewer, given string) (*ent.User, *ent.Credential, error) {
	client := a.db.Client()
	u, err := client.User.Get(ctx, v.ID)
	if err != nil {
		return nil, nil, err
	}
	stored, err := client.Credential.Query().Where(credential.UserID(v.ID)).Only(ctx)
	if ent.IsNotFound(err) {
		return u, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	_, err = a.prove(ctx, v.ID.String(), u, stored, given)
	if apperr.CodeOf(err) == apperr.Unauthenticated {
		return nil, nil, apperr.New(apperr.Forbidden, "the current password is wrong")
	}
	return u, stored, err
}

// mayHaveAll reports whether a credential has the scopes that make a difference
// to its user: those of a session.
func mayHaveAll(v auth.Viewer, u *ent.User) bool {
	return v.Scopes.Has(auth.ScopeWrite) && v.Scopes.Has(auth.ScopeProfile) &&
		(u.Role == auth.RoleUser || v.Scopes.Has(auth.ScopeAdmin))
}

// ChangePassword gives the viewer a new password and ends all other sessions.
// A user of an external issuer sets a first one so.
func (a *Accounts) ChangePassword(ctx context.Context, current, fresh string) (*ent.User, error) {
	v, err := inPerson(ctx)
	if err != nil {
		return nil, err
	}
	ctx = database.NameStatements(ctx, "changePassword")
	u, stored, err := a.again(ctx, v, current)
	if err != nil {
		return nil, err
	}
	if stored == nil && !mayHaveAll(v, u) {
		return nil, apperr.New(apperr.Forbidden, "this token lacks a scope: a first password opens sessions, which have all")
	}
	avoid := []string{u.Username}
	if u.Email != nil {
		avoid = append(avoid, *u.Email)
	}
	var check checks
	check.password("input.newPassword", fresh, avoid...)
	if fresh == current {
		check.Add("input.newPassword", "is the current password")
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	hash, err := a.passwords.Hash(ctx, fresh)
	if err != nil {
		return nil, err
	}
	var ended []uuid.UUID
	err = a.change(ctx, "changePassword", func(ctx context.Context, tx *ent.Tx) error {
		now := a.now()
		if stored == nil {
			err := tx.Credential.Create().SetUserID(v.ID).SetPasswordHash(hash).SetChangedAt(now).Exec(ctx)
			if err != nil {
				return err
			}
		} else {
			changed, err := tx.Credential.Update().SetPasswordHash(hash).SetChangedAt(now).
				Where(credential.ID(stored.ID), credential.PasswordHash(stored.PasswordHash)).Save(ctx)
			if err != nil {
				return err
			}
			if changed == 0 {
				return apperr.New(apperr.Conflict, "the password was changed at the same time; try again")
			}
		}
		if ended, err = a.end(ctx, tx, v.ID, typeid.SessionFrom(v.Credential)); err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{action: auditevent.ActionPASSWORD_CHANGED, actor: v.ID, user: v.ID})
	})
	if err != nil {
		return nil, err
	}
	database.AfterCommit(ctx, func() { a.forget(ended...) })
	return u, nil
}
