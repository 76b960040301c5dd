package account

import (
	"context"
	"errors"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/refreshtoken"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// refused is the one answer to every refresh token that does not hold.
func refused(cause error) error {
	return apperr.Wrap(cause, apperr.Unauthenticated, "the refresh token is not valid: sign in again")
}

// Refresh trades a refresh token for an access token and the next refresh
// token, after the rules of auth/refresh. Whatever does not hold is
// UNAUTHENTICATED; a replay ends the session.
func (a *Accounts) Refresh(ctx context.Context, shown string) (*Grant, error) {
	token, err := refresh.Parse(shown)
	if err != nil {
		return nil, refused(err)
	}
	var grant *Grant
	var replayed []uuid.UUID
	err = a.change(ctx, "refreshToken", func(ctx context.Context, tx *ent.Tx) error {
		stored, family, err := a.lockToken(ctx, tx, token)
		if err != nil {
			return err
		}
		state := refresh.State{Expires: stored.ExpiresAt, Used: stored.UsedAt, Revoked: family.RevokedAt != nil}
		var next refresh.Token
		switch refresh.Decide(state, a.now()) {
		case refresh.Rotate:
			if next, err = a.rotate(ctx, tx, stored, token); err != nil {
				return err
			}
		case refresh.Repeat:
			if stored.Nonce == nil {
				return refused(errors.New("a used refresh token has no nonce"))
			}
			next = token.Successor(*stored.Nonce)
		case refresh.Replay:
			// Not an error here: what follows from it must be committed.
			replayed, err = a.replay(ctx, tx, family)
			return err
		default:
			return refused(errors.New("the refresh token is expired or its session has ended"))
		}
		u, err := tx.User.Get(ctx, family.UserID)
		if err != nil {
			return err
		}
		grant, err = a.grant(u, family.ID, next)
		return err
	})
	if err != nil {
		return nil, err
	}
	if grant == nil {
		database.AfterCommit(ctx, func() { a.forget(replayed...) })
		return nil, refused(errors.New("the refresh token was used before; its session has ended"))
	}
	return grant, nil
}

// lockToken reads a token and its session and keeps others from trading it
// until the transaction ends.
func (a *Accounts) lockToken(ctx context.Context, tx *ent.Tx, token refresh.Token) (*ent.RefreshToken, *ent.Session, error) {
	query := tx.RefreshToken.Query().Where(refreshtoken.Hash(token.Hash()))
	if a.db.Dialect() == dialect.Postgres {
		// SQLite's transactions are exclusive from their start.
		query = query.ForUpdate()
	}
	stored, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil, refused(errors.New("the refresh token is unknown"))
	}
	if err != nil {
		return nil, nil, err
	}
	family, err := tx.Session.Get(ctx, stored.SessionID)
	return stored, family, err
}

// rotate marks a token as used and stores its successor.
func (a *Accounts) rotate(ctx context.Context, tx *ent.Tx, stored *ent.RefreshToken, token refresh.Token) (refresh.Token, error) {
	now, nonce := a.now(), refresh.NewNonce()
	next := token.Successor(nonce)
	if err := tx.RefreshToken.UpdateOne(stored).SetUsedAt(now).SetNonce(nonce).Exec(ctx); err != nil {
		return next, err
	}
	// What nobody may ask for again need not be there.
	err := tx.RefreshToken.Update().ClearNonce().
		Where(refreshtoken.SessionID(stored.SessionID), refreshtoken.UsedAtLT(now.Add(-refresh.Grace)), refreshtoken.NonceNotNil()).
		Exec(ctx)
	if err != nil {
		return next, err
	}
	if err := a.store(ctx, tx, stored.SessionID, next, now); err != nil {
		return next, err
	}
	return next, tx.Session.Update().Where(session.ID(stored.SessionID)).SetExpiresAt(now.Add(refresh.Life)).
		SetAddress(address(ctx)).SetUserAgent(auth.UserAgentFromContext(ctx)).Exec(ctx)
}

// replay ends the session of a token that came a second time too late: either
// its user or a thief has it.
func (a *Accounts) replay(ctx context.Context, tx *ent.Tx, family *ent.Session) ([]uuid.UUID, error) {
	ended, err := a.end(ctx, tx, family.UserID, typeid.Session{}, family.ID)
	if err != nil {
		return nil, err
	}
	return ended, a.record(ctx, tx.AuditEvent, event{
		auditevent.ActionREFRESH_REPLAYED, typeid.User{}, family.UserID, "the session was ended",
	})
}
