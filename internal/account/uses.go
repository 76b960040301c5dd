package account

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
)

// maxUses bounds the tokens that wait. One that finds no room is noted the next
// time that it is read, a minute later.
const maxUses = 1_000

// uses are the personal access tokens that were shown and whose rows do not say
// so yet: a request that reads must not write.
type uses struct {
	mu     sync.Mutex
	tokens map[typeid.Token]bool
}

func (u *uses) note(id typeid.Token) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.tokens == nil {
		u.tokens = map[typeid.Token]bool{}
	}
	if len(u.tokens) < maxUses {
		u.tokens[id] = true
	}
}

// take returns those that were noted and forgets them.
func (u *uses) take() []typeid.Token {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := slices.Collect(maps.Keys(u.tokens))
	u.tokens = nil
	return taken
}

// WriteUses writes down which tokens were shown since the last call. A token
// is late by the time between the calls; its used_at is good to an hour anyway.
func (a *Accounts) WriteUses(ctx context.Context) error {
	tokens := a.used.take()
	if len(tokens) == 0 {
		return nil
	}
	now := a.now()
	err := a.db.WithTx(database.NameStatements(ctx, "usedTokens"), func(ctx context.Context, tx *ent.Tx) error {
		return tx.AccessToken.Update().Where(accesstoken.IDIn(tokens...), accesstoken.Or(
			accesstoken.UsedAtIsNil(), accesstoken.UsedAtLT(now.Add(-usesEvery)))).SetUsedAt(now).Exec(ctx)
	})
	if err != nil {
		return fmt.Errorf("write uses of tokens: %w", err)
	}
	return nil
}

// usesEvery is how exactly the last use of a token is kept.
const usesEvery = time.Hour
