package account

import (
	"context"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// Grant is what a user gets who has proved to be one.
type Grant struct {
	AccessToken  string
	ExpiresAt    time.Time // of the access token
	RefreshToken string
	User         *ent.User
	Viewer       auth.Viewer // who the user is by the access token
}

// open starts a session with its first refresh token.
func (a *Accounts) open(ctx context.Context, tx *ent.Tx, u *ent.User) (*ent.Session, refresh.Token, error) {
	now := a.now()
	made, err := tx.Session.Create().SetUserID(u.ID).SetCreatedAt(now).SetExpiresAt(now.Add(refresh.Life)).
		SetAddress(address(ctx)).SetUserAgent(auth.UserAgentFromContext(ctx)).Save(ctx)
	if err != nil {
		return nil, refresh.Token{}, err
	}
	token := refresh.New()
	return made, token, a.store(ctx, tx, made.ID, token, now)
}

func (a *Accounts) store(ctx context.Context, tx *ent.Tx, family typeid.Session, token refresh.Token, now time.Time) error {
	return tx.RefreshToken.Create().SetSessionID(family).SetHash(token.Hash()).
		SetCreatedAt(now).SetExpiresAt(now.Add(refresh.Life)).Exec(ctx)
}

// grant signs an access token for a session.
func (a *Accounts) grant(u *ent.User, id typeid.Session, token refresh.Token) (*Grant, error) {
	v := auth.Viewer{ID: u.ID, Role: u.Role, Scopes: auth.AllScopes, Credential: id.UUID(), Kind: auth.KindSession}
	access, expires, err := a.signer.Sign(v)
	if err != nil {
		return nil, err
	}
	return &Grant{AccessToken: access, ExpiresAt: expires, RefreshToken: token.Reveal(), User: u, Viewer: v}, nil
}

// address is where the request came from, "" if that is not known.
func address(ctx context.Context) string {
	if from := auth.AddressFromContext(ctx); from.IsValid() {
		return from.String()
	}
	return ""
}

// end revokes sessions of a user that have not ended: those of ids, or all
// with none. It returns which they were; forget them with forget when the
// transaction is through.
func (a *Accounts) end(ctx context.Context, tx *ent.Tx, user typeid.User, except typeid.Session, ids ...typeid.Session) ([]uuid.UUID, error) {
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
	ended := credentials(open)
	return ended, a.announce(ctx, tx, ended...)
}

// credentials are the sessions as access tokens name them.
func credentials(sessions []typeid.Session) []uuid.UUID {
	out := make([]uuid.UUID, len(sessions))
	for i, id := range sessions {
		out[i] = id.UUID()
	}
	return out
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
			ended, err = a.end(ctx, tx, v.ID, typeid.Session{})
		} else {
			ended, err = a.end(ctx, tx, v.ID, typeid.Session{}, typeid.SessionFrom(v.Credential))
		}
		if err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionSIGNED_OUT, v.ID, v.ID, detail})
	})
	if err != nil {
		return 0, err
	}
	database.AfterCommit(ctx, func() { a.forget(ended...) })
	return len(ended), nil
}

// maxSessions is how many sessions are listed.
const maxSessions = 100

// Sessions returns the viewer's open sessions, the newest first.
func (a *Accounts) Sessions(ctx context.Context) ([]*ent.Session, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	return a.db.Client().Session.Query().Where(session.UserID(v.ID), session.RevokedAtIsNil(), session.ExpiresAtGT(a.now())).
		Order(session.ByID(sql.OrderDesc())).Limit(maxSessions).
		All(database.NameStatements(ctx, "User.sessions"))
}

// RevokeSession ends one open session of the viewer. One of another user is as
// absent as one that never was.
func (a *Accounts) RevokeSession(ctx context.Context, id typeid.Session) error {
	v, err := inPerson(ctx)
	if err != nil {
		return err
	}
	var ended []uuid.UUID
	err = a.change(ctx, "revokeSession", func(ctx context.Context, tx *ent.Tx) (err error) {
		if ended, err = a.end(ctx, tx, v.ID, typeid.Session{}, id); err != nil {
			return err
		}
		if len(ended) == 0 {
			return apperr.New(apperr.NotFound, "there is no open session %s", id)
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionSIGNED_OUT, v.ID, v.ID, id.String()})
	})
	if err == nil {
		database.AfterCommit(ctx, func() { a.forget(ended...) })
	}
	return err
}
