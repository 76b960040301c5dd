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
	if len(a.unseen) == 0 {
		a.seen = now
	}
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

// The pause before revocations are read again that are in the log but cannot be
// seen yet; it doubles each time.
const (
	leastPause = 5 * time.Millisecond
	mostPause  = time.Second
)

// maxUnseen is how many transactions are remembered that cannot be seen yet: while
// there are any, no reading leaves out what came before.
const maxUnseen = 1024

// Run calls Sync and WriteUses and, once an hour, Clean until ctx ends. It calls
// Sync also when changed names a transaction that revoked something, by the
// lower 32 bits of its id, and until that can be seen; 0 says that all there were
// can be seen. report gets what goes wrong.
func (a *Accounts) Run(ctx context.Context, every time.Duration, changed <-chan uint32, report func(error)) {
	syncing, cleaning := time.NewTicker(every), time.NewTicker(time.Hour)
	defer syncing.Stop()
	defer cleaning.Stop()
	again := time.NewTimer(0)
	again.Stop()
	defer again.Stop()
	wait := leastPause
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case xid := <-changed:
			a.heard(xid)
			for range len(changed) {
				a.heard(<-changed)
			}
			wait = leastPause
			err = a.syncSeen(ctx)
		case <-again.C:
			wait = min(2*wait, mostPause)
			err = a.syncSeen(ctx)
		case <-syncing.C:
			err = errors.Join(a.syncSeen(ctx), a.WriteUses(ctx))
		case <-cleaning.C:
			err = a.Clean(ctx)
		}
		if len(a.unseen) > 0 {
			again.Reset(wait)
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

func (a *Accounts) heard(xid uint32) {
	if xid == 0 {
		a.unseen = nil
		return
	}
	if len(a.unseen) < maxUnseen {
		a.unseen = append(a.unseen, xid)
	}
}

// syncSeen reads the revocations, and finds out first which of them it cannot
// see yet.
func (a *Accounts) syncSeen(ctx context.Context) (err error) {
	a.unseen, err = a.db.Unseen(ctx, a.unseen)
	return errors.Join(err, a.Sync(ctx))
}
