package account

import (
	"context"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
)

// Grant is what a user gets who has proved to be one.
type Grant struct {
	AccessToken  string
	ExpiresAt    time.Time // of the access token
	RefreshToken string
	User         *ent.User
}

// open starts a session with its first refresh token.
func (a *Accounts) open(ctx context.Context, tx *ent.Tx, u *ent.User) (*ent.Session, refresh.Token, error) {
	now := a.now()
	made, err := tx.Session.Create().SetUserID(u.ID).SetCreatedAt(now).SetExpiresAt(now.Add(refresh.Life)).Save(ctx)
	if err != nil {
		return nil, refresh.Token{}, err
	}
	token := refresh.New()
	return made, token, a.store(ctx, tx, made.ID, token, now)
}

func (a *Accounts) store(ctx context.Context, tx *ent.Tx, family uuid.UUID, token refresh.Token, now time.Time) error {
	return tx.RefreshToken.Create().SetSessionID(family).SetHash(token.Hash()).
		SetCreatedAt(now).SetExpiresAt(now.Add(refresh.Life)).Exec(ctx)
}

// grant signs an access token for a session.
func (a *Accounts) grant(u *ent.User, id uuid.UUID, token refresh.Token) (*Grant, error) {
	access, expires, err := a.signer.Sign(auth.Viewer{
		ID: u.ID, Role: u.Role, Scopes: auth.AllScopes, Credential: id, Kind: auth.KindSession,
	})
	if err != nil {
		return nil, err
	}
	return &Grant{AccessToken: access, ExpiresAt: expires, RefreshToken: token.Reveal(), User: u}, nil
}

// end revokes sessions of a user that have not ended: those of ids, or all
// with none. It returns which they were; forget them with forget when the
// transaction is through.
func (a *Accounts) end(ctx context.Context, tx *ent.Tx, user typeid.User, except uuid.UUID, ids ...uuid.UUID) ([]uuid.UUID, error) {
	now := a.now()
	query := tx.Session.Query().Where(session.UserID(user), session.RevokedAtIsNil(), session.ExpiresAtGT(now), session.IDNEQ(except))
	if len(ids) > 0 {
		query.Where(session.IDIn(ids...))
	}
	if a.db.Dialect() == dialect.Postgres {
		// Of two that end a session at once, the second finds it ended.
		query = query.ForUpdate()
	}
	open, err := query.Order(session.ByID()).IDs(ctx)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	if err := tx.Session.Update().Where(session.IDIn(open...)).SetRevokedAt(now).Exec(ctx); err != nil {
		return nil, err
	}
	return open, a.announce(ctx, tx, open...)
}

// announce tells the other instances that these credentials hold no longer.
func (a *Accounts) announce(ctx context.Context, tx *ent.Tx, credentials ...uuid.UUID) error {
	now := a.now()
	rows := make([]*ent.RevocationCreate, len(credentials))
	for i, id := range credentials {
		rows[i] = tx.Revocation.Create().SetID(id).SetCreatedAt(now)
	}
	return tx.Revocation.CreateBulk(rows...).Exec(ctx)
}

// forget makes this instance refuse the credentials from now on.
func (a *Accounts) forget(credentials ...uuid.UUID) {
	for _, id := range credentials {
		a.revoked.Add(id, a.now())
	}
}

// SignOut ends the session that asks, or with everywhere all sessions of its
// user, and returns how many it ended.
func (a *Accounts) SignOut(ctx context.Context, everywhere bool) (int, error) {
	v, err := inPerson(ctx)
	if err != nil {
		return 0, err
	}
	if v.Kind != auth.KindSession && !everywhere {
		return 0, apperr.New(apperr.BadUserInput, "there is no session to end here; its issuer ends it")
	}
	var ended []uuid.UUID
	err = a.change(ctx, "signOut", func(ctx context.Context, tx *ent.Tx) (err error) {
		detail := "this session"
		if everywhere {
			detail = "all sessions"
			ended, err = a.end(ctx, tx, v.ID, uuid.Nil)
		} else {
			ended, err = a.end(ctx, tx, v.ID, uuid.Nil, v.Credential)
		}
		if err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionSIGNED_OUT, v.ID, v.ID, detail})
	})
	if err != nil {
		return 0, err
	}
	a.forget(ended...)
	return len(ended), nil
}
