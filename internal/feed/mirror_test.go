package feed_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/seed"
)

var mirrorFor = flag.Duration("mirror", 2*time.Second, "how long TestMirror has others write")

// mirror keeps a copy of the users' names. It reads again only what events
// name.
type mirror struct {
	conn *pgx.Conn

	mu     sync.Mutex
	stale  map[string]uint32 // by id, with the last transaction that changed it
	all    bool
	latest uint32 // transaction
	names  map[string]string
}

func (m *mirror) hear(e feed.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.Kind != feed.Changed || e.All {
		m.all, m.latest = true, max(m.latest, e.XID)
		return
	}
	for _, c := range e.Changes {
		switch {
		case c.Table != user.Table:
		case c.ID == "":
			m.all, m.latest = true, max(m.latest, e.XID)
		default:
			m.stale[c.ID] = e.XID
		}
	}
}

// refresh reads what is stale. The message of a commit may arrive before its
// row is visible, so a row is fresh only if the read saw its last transaction.
func (m *mirror) refresh(ctx context.Context) error {
	m.mu.Lock()
	stale, all, latest := m.stale, m.all, m.latest
	m.stale, m.all = map[string]uint32{}, false
	m.mu.Unlock()
	for id, xid := range stale {
		latest = max(latest, xid)
		if all {
			continue
		}
		if err := m.read(ctx, xid, "WHERE id = $1::text::uuid", id, func() { delete(m.names, id) }); err != nil {
			return err
		}
	}
	if all {
		return m.read(ctx, latest, "WHERE $1::text = ''", "", func() { clear(m.names) })
	}
	return nil
}

func (m *mirror) read(ctx context.Context, xid uint32, where, arg string, before func()) error {
	for {
		var seen bool
		var names map[string]string
		// Only the lower half of the id is compared, as the log has no more.
		err := m.conn.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM pg_snapshot_xip(pg_current_snapshot()) x WHERE x::text::bigint & 4294967295 = $2::bigint)
			AND $2::bigint < pg_snapshot_xmax(pg_current_snapshot())::text::bigint & 4294967295,
			(SELECT COALESCE(jsonb_object_agg(id, name), '{}') FROM users `+where+`)`, arg, xid).Scan(&seen, &names)
		if err != nil {
			return err
		}
		if !seen {
			continue
		}
		before()
		maps.Copy(m.names, names)
		return nil
	}
}

// TestMirror lets two instances, another program and the maker of test data
// write at random, while the feed is cut now and then. A copy that reads again
// only what events name must equal the table whenever everything has been
// reported.
func TestMirror(t *testing.T) {
	t.Parallel()
	random := uint64(time.Now().UnixNano())
	t.Logf("seed %d", random)
	c, name := cluster(t)
	proxy := dbtest.NewProxy(t, c.Node)
	reader, one, two := listen(t, proxy.URL(name)), listen(t, c.URL(name)), listen(t, c.URL(name))
	m := &mirror{conn: connect(t, c.URL(name)), stale: map[string]uint32{}, names: map[string]string{}}
	reader.feed.Subscribe(m.hear)

	ctx, cancel := context.WithTimeout(t.Context(), *mirrorFor)
	defer cancel()
	var writers sync.WaitGroup
	for i, l := range []*listener{one, two, one, two} {
		writers.Go(func() { scribble(ctx, t, l, i, rand.New(rand.NewPCG(random, uint64(i)))) })
	}
	writers.Go(func() {
		for ctx.Err() == nil {
			dbtest.Stranger(t, c.URL(name), "UPDATE users SET name = name || '!' WHERE length(name) < 20")
			feed.Pause(ctx, 150*time.Millisecond)
		}
	})
	writers.Go(func() {
		if err := seed.Run(t.Context(), one.db, seed.Options{Users: 20, Posts: 40}); err != nil {
			t.Error(err)
		}
	})
	writers.Go(func() {
		for feed.Pause(ctx, 700*time.Millisecond) {
			proxy.Cut()
			feed.Pause(ctx, 50*time.Millisecond)
			proxy.Mend()
		}
		proxy.Mend()
	})
	checks := 0
	for ctx.Err() == nil {
		if err := m.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		checks++
		feed.Pause(ctx, 20*time.Millisecond)
	}
	writers.Wait()
	reader.until(t, "it is whole", func(s feed.Status, _ []feed.Event) bool { return s.Whole })
	_, at := one.user(t, "last")
	reader.read(t, at)
	if err := m.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	users, err := one.db.Client().User.Query().All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		want[u.ID.UUID().String()] = u.Name
	}
	if !maps.Equal(m.names, want) {
		t.Errorf("the copy has %d users, the table %d; %s", len(m.names), len(want), difference(m.names, want))
	}
	s := reader.feed.Status()
	t.Logf("%d transactions told, %d cuts, %d looks, %d users", s.Transactions, s.Cuts, checks, len(want))
	if s.Cuts == 0 || s.Transactions < 50 {
		t.Errorf("too little happened: %+v", s)
	}
}

func difference(got, want map[string]string) string {
	for id, name := range want {
		if got[id] != name {
			return fmt.Sprintf("%s is %q, not %q", id, name, got[id])
		}
	}
	return "there are some that are gone"
}

// scribble creates, renames and deletes users of its own.
func scribble(ctx context.Context, t *testing.T, l *listener, writer int, r *rand.Rand) {
	var own []typeid.User
	for n := 0; ctx.Err() == nil; n++ {
		err := l.db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			switch {
			case len(own) < 3 || r.IntN(4) == 0:
				name := fmt.Sprintf("w%dn%d", writer, n)
				u, err := tx.User.Create().SetUsername(name).SetUsernameKey(name).SetEmail(name + "@example.com").SetName(name).Save(ctx)
				if err == nil {
					own = append(own, u.ID)
				}
				return err
			case r.IntN(5) == 0:
				id := own[0]
				if err := tx.User.DeleteOneID(id).Exec(ctx); err != nil {
					return err
				}
				own = own[1:]
				return nil
			default:
				return tx.User.UpdateOneID(own[r.IntN(len(own))]).SetName(fmt.Sprint("name ", n)).Exec(ctx)
			}
		})
		if err != nil {
			t.Error(err)
			return
		}
	}
}
