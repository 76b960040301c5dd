package feed_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/testbed"
)

// toyCache keeps counters, which are users' names, and drops those that the
// feed names.
type toyCache struct {
	reads *pgxpool.Pool // of the primary or of a standby
	rule  func(before, last mark, snapshot string) bool
	feed  *feed.Feed

	mu   sync.Mutex
	rows map[string]int
	last map[string]mark // by row: the transaction that invalidated it
	all  mark
}

// mark is a position in the log, and the transaction that ends there.
type mark struct {
	xid uint32
	end uint64
}

func (c *toyCache) hear(e feed.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := mark{e.XID, e.Position.LSN}
	if e.Kind != feed.Changed || e.All {
		clear(c.rows)
		c.all = m
	}
	for _, change := range e.Changes {
		if change.Table == user.Table {
			delete(c.rows, change.ID)
			c.last[change.ID] = m
		}
	}
}

// get returns a counter; hit reports whether it was cached.
func (c *toyCache) get(ctx context.Context, id typeid.User) (n int, hit bool, err error) {
	key := id.UUID().String()
	c.mu.Lock()
	n, hit = c.rows[key]
	c.mu.Unlock()
	if hit {
		return n, true, nil
	}
	before := mark{end: c.feed.Status().Applied.LSN}
	var replayed int64
	if err := c.reads.QueryRow(ctx, "SELECT COALESCE((pg_last_wal_replay_lsn() - '0/0')::bigint, 0)").Scan(&replayed); err != nil {
		return 0, false, err
	}
	if replayed > 0 {
		before.end = uint64(replayed)
	}
	var name, snapshot string
	err = c.reads.QueryRow(ctx, "SELECT name, pg_current_snapshot()::text FROM users WHERE id = $1", id.UUID()).Scan(&name, &snapshot)
	if err != nil {
		return 0, false, err
	}
	if n, err = strconv.Atoi(name); err != nil {
		return 0, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.last[key]
	if c.all.end > last.end {
		last = c.all
	}
	if c.rule(before, last, snapshot) {
		c.rows[key] = n
	}
	return n, false, nil
}

// sees is the rule on the primary: the read saw the last transaction that
// changed the row.
func sees(_, last mark, snapshot string) bool {
	parts := strings.Split(snapshot, ":")
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	if uint64(last.xid) >= number(parts[1])&0xffffffff {
		return false
	}
	for running := range strings.SplitSeq(parts[2], ",") {
		if running != "" && number(running)&0xffffffff == uint64(last.xid) {
			return false
		}
	}
	return true
}

// reached is the rule on a standby, where before is what it had replayed. On
// the primary it is the naive rule; there before is what the feed had reported.
func reached(before, last mark, _ string) bool { return before.end >= last.end }

// TestFreshness has writers look for their own writes in a cache that uses the
// feed. With the right rules no writer finds an older value.
func TestFreshness(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	standby := c.Standbys(t, 1)[0]
	for _, mode := range []struct {
		name        string
		synchronous bool
		reads       *dbtest.Node
		rule        func(before, last mark, snapshot string) bool
	}{
		{"primary", false, c.Node, sees},
		{"primary, synchronous", true, c.Node, sees},
		{"standby", false, standby, reached},
		{"standby, synchronous", true, standby, reached},
	} {
		t.Run(mode.name, func(t *testing.T) {
			if mode.synchronous {
				c.Synchronous(t, standby)
			} else {
				c.Synchronous(t)
			}
			hits, stale := freshness(t, c.URL(name), mode.reads.URL(name), mode.rule)
			t.Logf("%d hits, %d of them stale", hits, stale)
			if hits < 100 || stale > 0 {
				t.Errorf("%d of %d hits are stale", stale, hits)
			}
		})
	}
}

// TestFillBetweenMessageAndCommit reads a row after the feed has reported its
// change and before the change is visible, because COMMIT waits for a standby.
// The naive rule keeps the old value forever, which shows that the test can
// detect this; the right rule does not keep it.
func TestFillBetweenMessageAndCommit(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	standby := c.Standbys(t, 1)[0]
	l := listen(t, c.URL(name))
	u, _ := l.user(t, "counter")
	at := l.write(t, func(ctx context.Context, tx *ent.Tx) error { return tx.User.UpdateOneID(u.ID).SetName("0").Exec(ctx) })
	l.read(t, at)
	caches := map[bool]*toyCache{}
	for naive, rule := range map[bool]func(before, last mark, snapshot string) bool{true: reached, false: sees} {
		caches[naive] = &toyCache{reads: dbtest.OpenURL(t, c.URL(name)).Pool(), rule: rule, feed: l.feed, rows: map[string]int{}, last: map[string]mark{}}
		l.feed.Subscribe(caches[naive].hear)
	}
	c.Synchronous(t, standby)
	standby.Pause(t)
	var n int
	var failure error
	var committed chan struct{}
	for waits := false; !waits; { // the primary needs a moment to learn that it must wait
		l.forget()
		committed = make(chan struct{})
		go func() {
			defer close(committed)
			n, at, failure = count(t.Context(), l.db, u.ID)
		}()
		l.until(t, "the change is told", func(_ feed.Status, told []feed.Event) bool { return len(told) > 0 })
		select {
		case <-committed:
		case <-time.After(200 * time.Millisecond):
			waits = true
		}
	}
	for _, cache := range caches {
		if _, hit, err := cache.get(t.Context(), u.ID); err != nil || hit {
			t.Fatalf("before the commit: %v, %v", hit, err)
		}
	}
	standby.Resume(t)
	<-committed
	if failure != nil || l.feed.Wait(t.Context(), at) != nil {
		t.Fatal(failure, l.feed.Status())
	}
	for naive, cache := range caches {
		got, hit, err := cache.get(t.Context(), u.ID)
		if err != nil || hit != naive || naive != (got < n) {
			t.Errorf("naive %v: %d of %d, kept %v, %v", naive, got, n, hit, err)
		}
	}
}

func freshness(t *testing.T, primary, reads string, rule func(before, last mark, snapshot string) bool) (hits, stale int64) {
	l := listen(t, primary)
	cache := &toyCache{reads: dbtest.OpenURL(t, reads).Pool(), rule: rule, feed: l.feed, rows: map[string]int{}, last: map[string]mark{}}
	l.feed.Subscribe(cache.hear)
	var ids []typeid.User
	var made position.Position
	for i := range 8 {
		u, at := l.user(t, "counter"+strconv.Itoa(i)+"x"+strconv.FormatInt(time.Now().UnixNano(), 36))
		made = at
		l.write(t, func(ctx context.Context, tx *ent.Tx) error { return tx.User.UpdateOneID(u.ID).SetName("0").Exec(ctx) })
		ids = append(ids, u.ID)
	}
	l.read(t, made)
	// The feed may be ahead of a standby.
	err := testbed.Poll(t.Context(), patience, func() error {
		for _, id := range ids {
			if _, _, err := cache.get(t.Context(), id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	var hit, old atomic.Int64
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for ctx.Err() == nil {
				id := ids[rand.IntN(len(ids))]
				n, at, err := count(t.Context(), l.db, id)
				if err != nil {
					t.Error(err)
					return
				}
				for range 4 {
					if err := l.feed.Wait(t.Context(), at); err != nil {
						t.Error(err)
						return
					}
					got, kept, err := cache.get(t.Context(), id)
					switch {
					case err != nil:
						t.Error(err)
						return
					case kept && got < n:
						old.Add(1)
						hit.Add(1)
					case kept:
						hit.Add(1)
					}
				}
			}
		})
	}
	writers.Wait()
	return hit.Load(), old.Load()
}

// count raises a counter.
func count(ctx context.Context, db *database.Database, id typeid.User) (n int, _ position.Position, _ error) {
	var at position.Recorder
	err := db.WithTx(position.NewContext(ctx, &at), func(ctx context.Context, tx *ent.Tx) error {
		u, err := tx.User.Query().Where(user.ID(id)).ForUpdate().Only(ctx)
		if err != nil {
			return err
		}
		if n, err = strconv.Atoi(u.Name); err != nil {
			return err
		}
		n++
		return tx.User.UpdateOneID(id).SetName(strconv.Itoa(n)).Exec(ctx)
	})
	return n, at.Last(), err
}
