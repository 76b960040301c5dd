package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/refreshtoken"
	"github.com/weftql/weft/ent/revocation"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
)

const (
	// overlap is how far back each reading goes beyond the last: clocks differ,
	// and a transaction commits after the time that is in its rows.
	overlap = time.Minute
	// keepRevocations is longer than any access token holds.
	keepRevocations = time.Hour
)

// Sync reads what other instances revoked, and which roles they changed, since
// the last call; the first call
// reads as far back as an access token can hold. Only one may run at a time.
func (a *Accounts) Sync(ctx context.Context) error {
	now := a.now()
	since := a.seen.Add(-overlap)
	if a.seen.IsZero() {
		since = now.Add(-access.Life - 2*access.Skew)
	}
	found, err := a.db.Client().Revocation.Query().Where(revocation.CreatedAtGTE(since)).
		All(database.NameStatements(ctx, "revocations"))
	if err != nil {
		return fmt.Errorf("read revocations: %w", err)
	}
	for _, r := range found {
		if r.Role == nil {
			a.revoked.Add(r.ID, now)
		} else {
			a.revoked.SetRole(typeid.UserFrom(r.ID), *r.Role, now)
		}
	}
	a.seen = now
	return nil
}

// Clean deletes what has expired: sessions, refresh tokens, personal access
// tokens and revocations. The audit log stays.
func (a *Accounts) Clean(ctx context.Context) error {
	now := a.now()
	// A used token stays for its whole life, so that a replay is noticed.
	type deletion interface {
		Exec(ctx context.Context) (int, error)
	}
	for name, expired := range map[string]func(*ent.Tx) deletion{
		"refresh tokens": func(tx *ent.Tx) deletion { return tx.RefreshToken.Delete().Where(refreshtoken.ExpiresAtLT(now)) },
		"sessions": func(tx *ent.Tx) deletion {
			return tx.Session.Delete().Where(session.ExpiresAtLT(now.Add(-refresh.Life)))
		},
		"access tokens": func(tx *ent.Tx) deletion {
			return tx.AccessToken.Delete().Where(accesstoken.ExpiresAtLT(now.Add(-refresh.Life)))
		},
		"revocations": func(tx *ent.Tx) deletion {
			return tx.Revocation.Delete().Where(revocation.CreatedAtLT(now.Add(-keepRevocations)))
		},
	} {
		err := a.db.WithTx(database.NameStatements(ctx, "clean"), func(ctx context.Context, tx *ent.Tx) error {
			_, err := expired(tx).Exec(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("clean %s: %w", name, err)
		}
	}
	return nil
}

// Run calls Sync and WriteUses and, once an hour, Clean until ctx ends; Sync also
// when changed says that there are new revocations. report gets what goes wrong.
func (a *Accounts) Run(ctx context.Context, every time.Duration, changed <-chan struct{}, report func(error)) {
	syncing, cleaning := time.NewTicker(every), time.NewTicker(time.Hour)
	defer syncing.Stop()
	defer cleaning.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-changed:
			err = a.Sync(ctx)
		case <-syncing.C:
			err = errors.Join(a.Sync(ctx), a.WriteUses(ctx))
		case <-cleaning.C:
			err = a.Clean(ctx)
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}
