package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/personal"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// maxTokens is how many personal access tokens a user may have.
const maxTokens = 50

// NewToken is a personal access token to be.
type NewToken struct {
	Name      string
	Scopes    []string
	ExpiresAt *time.Time // default: 30 days from now
}

// CreateToken makes a personal access token of the viewer and returns it with
// what is stored of it. It is never shown again.
func (a *Accounts) CreateToken(ctx context.Context, in NewToken) (*ent.AccessToken, string, error) {
	v, err := inPerson(ctx)
	if err != nil {
		return nil, "", err
	}
	now := a.now()
	expires := now.Add(personal.DefaultLife)
	if in.ExpiresAt != nil {
		expires = in.ExpiresAt.UTC().Truncate(time.Microsecond)
	}
	var check checks
	in.Name = check.Line("input.name", in.Name, maxTokenName)
	if why := personal.CheckScopes(in.Scopes); why != "" {
		check.Add("input.scopes", "%s", why)
	}
	for _, scope := range in.Scopes {
		if scope != auth.ScopeRead && !v.Scopes.Has(scope) {
			check.Add("input.scopes", "the credential that asks does not have the scope %.40q itself", scope)
		}
	}
	if !expires.After(now) || expires.Sub(now) > personal.MaxLife {
		check.Add("input.expiresAt", "takes a time from now to %d days ahead", personal.MaxLife/(24*time.Hour))
	}
	if err := check.Err(); err != nil {
		return nil, "", err
	}
	// Reading is part of every scope.
	scopes, err := auth.ParseScopes(strings.Join(append(in.Scopes, auth.ScopeRead), " "))
	if err != nil {
		return nil, "", err
	}
	token := personal.New()
	var made *ent.AccessToken
	err = a.change(ctx, "createAccessToken", func(ctx context.Context, tx *ent.Tx) error {
		if _, err := a.lockUser(ctx, tx, v.ID); err != nil { // two at once count one after the other
			return err
		}
		n, err := tx.AccessToken.Query().Where(accesstoken.UserID(v.ID), accesstoken.ExpiresAtGT(now)).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxTokens {
			return apperr.New(apperr.Conflict, "there are %d tokens already: revoke one first", n)
		}
		made, err = tx.AccessToken.Create().SetUserID(v.ID).SetName(in.Name).SetHash(token.Hash()).SetHint(token.Hint()).
			SetScopes(scopes).SetCreatedAt(now).SetExpiresAt(expires).Save(ctx)
		if err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionTOKEN_CREATED, v.ID, v.ID, made.ID.String() + ": " + string(scopes)})
	})
	if err != nil {
		return nil, "", err
	}
	return made, token.Reveal(), nil
}

// RevokeToken ends a personal access token of the viewer, or any for
// administrators. One of another user is as absent as one that never was.
func (a *Accounts) RevokeToken(ctx context.Context, id typeid.Token) error {
	v, err := inPerson(ctx)
	if err != nil {
		return err
	}
	err = a.change(ctx, "revokeAccessToken", func(ctx context.Context, tx *ent.Tx) error {
		query := tx.AccessToken.Query().Where(accesstoken.ID(id))
		if !v.Administers() {
			query.Where(accesstoken.UserID(v.ID))
		}
		found, err := query.Only(ctx)
		if ent.IsNotFound(err) {
			return apperr.New(apperr.NotFound, "there is no token %s", id)
		}
		if err != nil {
			return err
		}
		if err := tx.AccessToken.DeleteOne(found).Exec(ctx); err != nil {
			return err
		}
		if err := a.announce(ctx, tx, id.UUID()); err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionTOKEN_REVOKED, v.ID, found.UserID, id.String()})
	})
	if err == nil {
		database.AfterCommit(ctx, func() { a.forget(id.UUID()) })
	}
	return err
}

// Verify returns the viewer of a personal access token. It is an
// auth.Verifier; a token that was shown within the last minute costs no
// statement.
func (a *Accounts) Verify(ctx context.Context, shown string) (auth.Viewer, error) {
	token, err := personal.Parse(shown)
	if err != nil {
		return auth.Viewer{}, auth.Refuse(err)
	}
	now, hash := a.now(), [32]byte(token.Hash())
	v, ok := a.known.get(hash, now)
	if !ok {
		if v, err = a.readToken(ctx, hash, now); err != nil {
			return auth.Viewer{}, err
		}
	}
	return a.revoked.Apply(v)
}

func (a *Accounts) readToken(ctx context.Context, hash [32]byte, now time.Time) (auth.Viewer, error) {
	ctx = database.NameStatements(ctx, "viewer")
	found, err := a.db.Client().AccessToken.Query().Where(accesstoken.Hash(hash[:]), accesstoken.ExpiresAtGT(now)).WithUser().Only(ctx)
	if ent.IsNotFound(err) {
		return auth.Viewer{}, auth.Refuse(errors.New("the personal access token is unknown or expired"))
	}
	if err != nil {
		return auth.Viewer{}, err
	}
	u, err := found.Edges.UserOrErr()
	if err != nil {
		return auth.Viewer{}, err
	}
	if found.UsedAt == nil || now.Sub(*found.UsedAt) > usesEvery {
		a.used.note(found.ID)
	}
	v := limit(auth.Viewer{
		ID: u.ID, Role: u.Role, Scopes: found.Scopes, Credential: found.ID.UUID(), Kind: auth.KindPersonal,
	})
	a.known.put(hash, v, now, found.ExpiresAt)
	return v, nil
}

// limit takes the rights of a role from a credential without the scope for
// them.
func limit(v auth.Viewer) auth.Viewer {
	if !v.Scopes.Has(auth.ScopeAdmin) {
		v.Role = auth.RoleUser
	}
	return v
}
