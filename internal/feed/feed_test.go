package feed_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/seed"
)

const patience = 30 * time.Second

// listener is an instance: a database, and the events of its feed.
type listener struct {
	db   *database.Database
	feed *feed.Feed

	mu     sync.Mutex
	events []feed.Event
}

// listen opens the databases of the URLs and reads their feed until t ends.
func listen(t testing.TB, urls ...string) *listener {
	t.Helper()
	l := start(t, urls...)
	l.until(t, "the feed is whole", func(s feed.Status, _ []feed.Event) bool { return s.Whole })
	return l
}

// start is listen for a feed that may not become whole.
func start(t testing.TB, urls ...string) *listener {
	t.Helper()
	l := &listener{}
	l.db, l.feed = graphtest.Follow(t, urls[0], urls[1:]...)
	l.feed.Subscribe(func(e feed.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, e)
	})
	return l
}

// until waits for a condition.
func (l *listener) until(t testing.TB, what string, done func(feed.Status, []feed.Event) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		status := l.feed.Status()
		if done(status, l.told()) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not so after %v, but %+v after %+v", what, patience, status, l.told())
		case <-tick.C:
		}
	}
}

func (l *listener) told() []feed.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events)
}

// forget returns the events so far and starts a new list.
func (l *listener) forget() []feed.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.events
	l.events = nil
	return old
}

// write changes something and returns its position.
func (l *listener) write(t testing.TB, fn func(context.Context, *ent.Tx) error) position.Position {
	t.Helper()
	var at position.Recorder
	if err := l.db.WithTx(position.NewContext(t.Context(), &at), fn); err != nil {
		t.Fatal(err)
	}
	return at.Last()
}

// read waits for a position and returns the events up to it.
func (l *listener) read(t testing.TB, at position.Position) []feed.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := l.feed.Wait(ctx, at); err != nil {
		t.Fatalf("wait for %s: %v (at %+v)", at, err, l.feed.Status())
	}
	return l.forget()
}

func (l *listener) user(t testing.TB, name string) (*ent.User, position.Position) {
	t.Helper()
	var made *ent.User
	at := l.write(t, func(ctx context.Context, tx *ent.Tx) (err error) {
		made, err = tx.User.Create().SetUsername(name).SetUsernameKey(name).SetEmail(name + "@example.com").SetName(name).Save(ctx)
		return err
	})
	return made, at
}

func each(t *testing.T, test func(t *testing.T, url string)) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			test(t, dbtest.NewURL(t, store))
		})
	}
}

// TestWritesAreTold follows a row from its creation to its deletion.
func TestWritesAreTold(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		l := listen(t, url)
		l.forget()
		ada, at := l.user(t, "ada")
		if got := l.read(t, at); len(got) != 1 || len(got[0].Changes) != 1 ||
			got[0].Changes[0].Table != user.Table || got[0].Changes[0].ID != ada.ID.UUID().String() || got[0].Changes[0].Op != feed.Insert {
			t.Fatalf("a new user: %+v", got)
		}
		var p *ent.Post
		at = l.write(t, func(ctx context.Context, tx *ent.Tx) (err error) {
			p, err = tx.Post.Create().SetTitle("First").SetBody("text").SetAuthorID(ada.ID).Save(ctx)
			if err != nil {
				return err
			}
			return tx.Comment.Create().SetPostID(p.ID).SetAuthorID(ada.ID).SetBody("c").Exec(ctx)
		})
		got := l.read(t, at)
		if len(got) != 1 || len(got[0].Changes) != 2 || got[0].Changes[0].Refs["author_id"] != ada.ID.UUID().String() ||
			got[0].Changes[1].Table != comment.Table || got[0].Changes[1].Refs["post_id"] != p.ID.UUID().String() {
			t.Fatalf("a post and its comment: %+v", got)
		}
		if !at.Reached(got[0].Position) || l.db.Dialect() == dialect.Postgres && got[0].XID == 0 {
			t.Errorf("it ended at %s, and was told at %s of transaction %d", at, got[0].Position, got[0].XID)
		}
		at = l.write(t, func(ctx context.Context, tx *ent.Tx) error {
			return tx.Post.UpdateOneID(p.ID).SetTitle("Second").Exec(ctx)
		})
		if got := l.read(t, at); len(got) != 1 || got[0].Changes[0].Op != feed.Update || !slices.Contains(got[0].Changes[0].Columns, "title") {
			t.Errorf("another title: %+v", got)
		}
		rolledBack := l.db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			if err := tx.Post.UpdateOneID(p.ID).SetTitle("Third").Exec(ctx); err != nil {
				return err
			}
			return context.Canceled
		})
		at = l.write(t, func(ctx context.Context, tx *ent.Tx) error { return tx.Post.DeleteOneID(p.ID).Exec(ctx) })
		got = l.read(t, at)
		if rolledBack == nil || len(got) != 1 || !got[0].Concerns(post.Table) || !got[0].Concerns(comment.Table) || got[0].Concerns(user.Table) {
			t.Errorf("the post is deleted, with its replies and comments: %+v", got)
		}
		if err := l.db.Client().User.DeleteOneID(ada.ID).Exec(t.Context()); err == nil {
			t.Error("a change is written where it cannot be told")
		}
	})
}

// TestManyRowsAreTheirTable has a transaction that changes more rows than a
// message names.
func TestManyRowsAreTheirTable(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		l := listen(t, url)
		l.forget()
		at := l.write(t, func(ctx context.Context, tx *ent.Tx) error {
			for i := range 101 {
				name := "tag" + string(rune('a'+i/26)) + string(rune('a'+i%26))
				if err := tx.Tag.Create().SetName(name).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if got := l.read(t, at); len(got) != 1 || len(got[0].Changes) != 1 || got[0].Changes[0].ID != "" {
			t.Errorf("101 tags: %+v", got)
		}
	})
}

// TestOthersAreHeard lets another instance, another program and the maker of
// test data write.
func TestOthersAreHeard(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		one, two := listen(t, url), listen(t, url)
		one.forget()
		two.forget()
		_, at := one.user(t, "ada")
		if one.db.Dialect() == dialect.Postgres {
			if got := two.read(t, at); len(got) != 1 || len(got[0].Changes) != 1 {
				t.Errorf("another instance wrote a user: %+v", got)
			}
		}
		two.until(t, "the other instance's user", func(_ feed.Status, _ []feed.Event) bool {
			return two.feed.Status().Applied.Reached(at)
		})
		two.forget()
		dbtest.Stranger(t, url, "UPDATE users SET name = 'Ada'")
		two.until(t, "another program's write", func(_ feed.Status, told []feed.Event) bool {
			return slices.ContainsFunc(told, func(e feed.Event) bool { return e.Concerns(user.Table) })
		})
		if got := two.forget(); one.db.Dialect() == dialect.Postgres && got[len(got)-1].Concerns(post.Table) {
			t.Errorf("a program that changed users is heard as %+v", got)
		}
		if err := seed.Run(t.Context(), one.db, seed.Options{Users: 5, Posts: 10}); err != nil {
			t.Fatal(err)
		}
		two.until(t, "made-up data", func(_ feed.Status, told []feed.Event) bool {
			return slices.ContainsFunc(told, func(e feed.Event) bool { return e.Concerns(post.Table) })
		})
	})
}

// TestTriggers compares the tables that the migration's triggers announce with
// those that the program announces.
func TestTriggers(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	rows, err := db.Pool().Query(t.Context(), "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%\\_announce'")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, feed.Tables()) {
		t.Errorf("the triggers are on %v, and the program announces %v: annotate what lacks with entity.Announced in ent/schema, "+
			"and a trigger as in migrations/postgres/*_announce.sql", got, feed.Tables())
	}
}
