package cache_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/position"
)

const patience = 30 * time.Second

// instance is a database with what is known of its changes.
type instance struct {
	url     string
	db      *database.Database
	feed    *feed.Feed
	changes *cache.Changes
}

func open(t *testing.T, url string) *instance {
	t.Helper()
	i := &instance{url: url}
	i.db, i.feed = graphtest.Listen(t, url)
	i.changes = cache.New(i.db, i.feed)
	return i
}

func (i *instance) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) { //nolint:forbidigo // there is no channel to wait on
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s: %+v", what, i.feed.Status())
		}
	}
}

// reached waits until all changes up to a position are heard. A reader waits
// only for a short time, which a busy machine may need more than once.
func (i *instance) reached(t *testing.T, at position.Position) {
	t.Helper()
	i.until(t, "a position was reached", func() bool { return i.changes.Reached(t.Context(), at) == nil })
}

// write runs a transaction and returns its position.
func (i *instance) write(t *testing.T, fn func(context.Context, *ent.Tx) error) position.Position {
	t.Helper()
	var at position.Recorder
	if err := i.db.WithTx(position.NewContext(t.Context(), &at), fn); err != nil {
		t.Fatal(err)
	}
	return at.Last()
}

func (i *instance) rename(t *testing.T, id typeid.User, name string) position.Position {
	t.Helper()
	return i.write(t, func(ctx context.Context, tx *ent.Tx) error { return tx.User.UpdateOneID(id).SetName(name).Exec(ctx) })
}

func (i *instance) user(t *testing.T, name string) (id typeid.User, at position.Position) {
	t.Helper()
	at = i.write(t, func(ctx context.Context, tx *ent.Tx) error {
		u, err := tx.User.Create().SetUsername(name).SetUsernameKey(name).SetEmail(name + "@example.com").SetName(name).Save(ctx)
		if err == nil {
			id = u.ID
		}
		return err
	})
	return id, at
}

// reads is what a read of a user's row notes.
func reads(id typeid.User) depend.Noted {
	var r depend.Recorder
	r.AddRows(user.Table, id.UUID())
	return r.Noted()
}

func each(t *testing.T, test func(t *testing.T, i *instance)) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, dbtest.NewURL(t, store)))
		})
	}
}

// fill is a fill that reads now; snapshots taken before are too old for it.
func (i *instance) fill(t *testing.T) *cache.Fill {
	t.Helper()
	time.Sleep(30 * time.Millisecond) //nolint:forbidigo // as long as a snapshot is kept
	f := i.changes.Start(t.Context())
	if f == nil {
		t.Fatal("nothing can be kept")
	}
	return f
}

// TestAWriteDuringAFill lets a write commit between the read and the end of a
// fill: what was read is not kept, whether the change was reported by then or
// not.
func TestAWriteDuringAFill(t *testing.T) {
	each(t, func(t *testing.T, i *instance) {
		ada, at := i.user(t, "ada")
		grace, _ := i.user(t, "grace")
		i.reached(t, at)
		f := i.fill(t)
		at = i.rename(t, ada, "Ada")
		i.reached(t, at)
		if _, ok := f.End(t.Context(), reads(ada)); ok {
			t.Error("it was told before the end, and what was read before it is kept")
		}
		if _, ok := f.End(t.Context(), reads(grace)); !ok {
			t.Error("another row was written, and the fill is not kept")
		}
		f = i.fill(t)
		stamp, ok := f.End(t.Context(), reads(ada))
		if !ok || !i.changes.Valid(stamp, reads(ada).Keys) {
			t.Fatal("nothing happened, and the fill is not kept")
		}
		at = i.rename(t, ada, "Ada L.")
		i.reached(t, at)
		if i.changes.Valid(stamp, reads(ada).Keys) {
			t.Error("it was told after the end, and what was kept is still served")
		}
		if !i.changes.Valid(stamp, reads(grace).Keys) {
			t.Error("what was kept of another row is gone")
		}
	})
}

// TestKeptBeforeAChange makes something of a kept row and of statements. The
// statements see a change of the row, which is heard only after the row was taken.
func TestKeptBeforeAChange(t *testing.T) {
	each(t, func(t *testing.T, i *instance) {
		ada, at := i.user(t, "ada")
		i.reached(t, at)
		stamp, ok := i.fill(t).End(t.Context(), reads(ada))
		heard, valid := i.changes.ValidAt(stamp, reads(ada).Keys)
		if !ok || !valid {
			t.Fatal("the row is not kept")
		}
		at = i.rename(t, ada, "Ada")
		i.reached(t, at)
		f := i.fill(t)
		if _, ok := f.End(t.Context(), reads(ada)); !ok {
			t.Error("the statements saw the change, and the fill is not kept")
		}
		var r depend.Recorder
		r.AddRows(user.Table, ada.UUID())
		r.Kept(heard)
		if _, ok := f.End(t.Context(), r.Noted()); ok {
			t.Error("the kept row does not have the change, and the fill is kept")
		}
	})
}

// TestCommittedButNotSeen has a transaction whose change is reported before a
// read can see it. On PostgreSQL this happens while its commit waits.
func TestCommittedButNotSeen(t *testing.T) {
	t.Parallel()
	i := open(t, dbtest.NewURL(t, "postgres"))
	ada, at := i.user(t, "ada")
	i.reached(t, at)
	begun, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan position.Position, 1)
	go func() {
		ended <- i.write(t, func(ctx context.Context, tx *ent.Tx) error {
			if err := tx.User.UpdateOneID(ada).SetName("Ada").Exec(ctx); err != nil {
				return err
			}
			close(begun)
			<-goOn
			return nil
		})
	}()
	<-begun
	f := i.fill(t) // in its snapshot the transaction still runs
	close(goOn)
	i.reached(t, <-ended)
	if _, ok := f.End(t.Context(), reads(ada)); ok {
		t.Error("the fill is kept although its snapshot does not have the change")
	}
}

// TestUntold reads a table whose changes the feed does not report.
func TestUntold(t *testing.T) {
	each(t, func(t *testing.T, i *instance) {
		var r depend.Recorder
		r.AddColumn("sessions", "")
		if _, ok := i.fill(t).End(t.Context(), r.Noted()); ok {
			t.Error("it is kept")
		}
	})
}

// TestCut makes the feed miss changes for a while: nothing from before stays
// valid, and nothing is kept meanwhile.
func TestCut(t *testing.T) {
	t.Parallel()
	cluster := dbtest.Private(t)
	url := cluster.NewDatabase(t)
	first := dbtest.OpenURL(t, url)
	if _, err := first.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	proxy := dbtest.NewProxy(t, cluster.Node)
	i := open(t, proxy.URL(dbtest.NameOf(url)))
	ada, at := i.user(t, "ada")
	i.reached(t, at)
	f := i.fill(t)
	stamp, ok := f.End(t.Context(), reads(ada))
	if !ok {
		t.Fatal("the fill is not kept")
	}
	proxy.Cut()
	i.until(t, "the cut is noticed", func() bool { return !i.changes.Whole() })
	if i.changes.Valid(stamp, reads(ada).Keys) || i.changes.Start(t.Context()) != nil || i.changes.Reached(t.Context(), position.Position{}) == nil {
		t.Error("while changes are missed, what was kept is served, or more is kept")
	}
	proxy.Mend()
	i.until(t, "the feed is whole again", i.changes.Whole)
	if _, ok := f.End(t.Context(), reads(ada)); ok || i.changes.Valid(stamp, reads(ada).Keys) {
		t.Error("what was read before the cut is good after it")
	}
	i.until(t, "something is kept again", func() bool {
		_, ok := i.changes.Start(t.Context()).End(t.Context(), reads(ada))
		return ok
	})
}

// TestOtherProgram lets a program that knows nothing of the feed write the
// table.
func TestOtherProgram(t *testing.T) {
	each(t, func(t *testing.T, i *instance) {
		ada, at := i.user(t, "ada")
		i.reached(t, at)
		stamp, ok := i.fill(t).End(t.Context(), reads(ada))
		if !ok {
			t.Fatal("the fill is not kept")
		}
		dbtest.Stranger(t, i.url, "UPDATE users SET name = 'somebody else'")
		i.until(t, "it is noticed", func() bool {
			return i.changes.Reached(t.Context(), position.Position{}) == nil && !i.changes.Valid(stamp, reads(ada).Keys)
		})
	})
}

// TestCommittedInAnotherOrder has two transactions change the same list. The
// first in the log waits for a standby that is away, so it is invisible, while
// the second, which waits for nothing, is visible. A fill that sees only the
// second is not kept.
func TestCommittedInAnotherOrder(t *testing.T) {
	t.Parallel()
	cluster := dbtest.Private(t)
	url := cluster.NewDatabase(t)
	first := dbtest.OpenURL(t, url)
	if _, err := first.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	standby := cluster.Standbys(t, 1)[0]
	i := open(t, url)
	cluster.Synchronous(t, standby)
	standby.Pause(t)
	const insert = "INSERT INTO tags (id, name, created_at) VALUES (gen_random_uuid(), '%s', now())"
	before := i.feed.Status().Transactions
	told := func(n int) func() bool { return func() bool { return i.feed.Status().Transactions >= before+n } }
	waited := make(chan struct{})
	for n := 1; ; n++ { // the primary needs a moment to learn that it must wait
		waited = make(chan struct{})
		go func() {
			defer close(waited)
			dbtest.Stranger(t, url, fmt.Sprintf(insert, fmt.Sprint("waits", n)))
		}()
		i.until(t, "the change is told", told(n))
		select {
		case <-waited:
			continue
		case <-time.After(200 * time.Millisecond):
		}
		before += n
		break
	}
	dbtest.Stranger(t, url, "SET synchronous_commit = local; "+fmt.Sprintf(insert, "waits not"))
	i.until(t, "the second change is told", told(1))
	var r depend.Recorder
	r.AddList(tag.Table, "", nil)
	if _, ok := i.fill(t).End(t.Context(), r.Noted()); ok {
		t.Error("a fill is kept whose snapshot does not have the first of two changes")
	}
	standby.Resume(t)
	<-waited
	if _, ok := i.fill(t).End(t.Context(), r.Noted()); !ok {
		t.Error("a fill that has both is not kept")
	}
}
