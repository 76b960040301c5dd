package feed_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/position"
)

// cluster is a cluster for t alone, with a migrated database and that
// database's name.
func cluster(t *testing.T) (*dbtest.Cluster, string) {
	t.Helper()
	c := dbtest.Private(t)
	link := c.NewDatabase(t)
	name := dbtest.NameOf(link)
	if _, err := dbtest.OpenURL(t, link).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c, name
}

// connect opens a session of another program, which ends with t.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // nothing is under way
	return conn
}

func execute(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCut cuts the connection and lets others write meanwhile.
func TestCut(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	proxy := dbtest.NewProxy(t, c.Node)
	l := listen(t, proxy.URL(name))
	l.forget()
	proxy.Cut()
	l.until(t, "it is cut", func(s feed.Status, told []feed.Event) bool {
		return !s.Whole && s.Cuts == 1 && len(told) == 1 && told[0].Kind == feed.Cut
	})
	if err := l.feed.Wait(t.Context(), position.Position{Timeline: 1, LSN: 1}); !errors.Is(err, feed.ErrCut) {
		t.Errorf("a wait on a cut feed: %v", err)
	}
	dbtest.Stranger(t, c.URL(name), "UPDATE users SET name = name")
	proxy.Mend()
	l.until(t, "it is whole again", func(s feed.Status, told []feed.Event) bool {
		return s.Whole && s.Fault == "" && told[len(told)-1].Kind == feed.Whole
	})
	l.forget()
	_, at := l.user(t, "ada")
	if got := l.read(t, at); len(got) != 1 || !got[0].Concerns(user.Table) {
		t.Errorf("after the cut: %+v", got)
	}
}

// TestSilence has a server that keeps its connections open but sends nothing.
func TestSilence(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	l := listen(t, c.URL(name))
	began := time.Now()
	c.Pause(t)
	l.until(t, "it is cut", func(s feed.Status, _ []feed.Event) bool { return !s.Whole })
	t.Logf("noticed after %v", time.Since(began))
	c.Resume(t)
	l.until(t, "it is whole again", func(s feed.Status, _ []feed.Event) bool { return s.Whole })
}

// TestPromotion stops the primary and lets a standby take its place.
func TestPromotion(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	standby := c.Standbys(t, 1)[0]
	l := listen(t, c.URL(name), standby.URL(name))
	_, before := l.user(t, "ada")
	l.read(t, before)
	c.Crash(t)
	standby.Promote(t)
	l.until(t, "it follows the new primary", func(s feed.Status, _ []feed.Event) bool { return s.Whole && s.Applied.Timeline == 2 })
	if err := l.feed.Wait(t.Context(), before); !errors.Is(err, feed.ErrCut) {
		t.Errorf("a position of the old timeline is reached: %v", err)
	}
	l.forget()
	l.until(t, "writes are taken", func(feed.Status, []feed.Event) bool {
		p := l.db.Servers()[1]
		return !p.Standby && p.Fault == ""
	})
	_, at := l.user(t, "bob")
	if got := l.read(t, at); len(got) != 1 || got[0].Position.Timeline != 2 {
		t.Errorf("on the new primary: %+v", got)
	}
}

// TestNoRight has a role that may not read the log at first, and later may.
func TestNoRight(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	c.Exec(t, "ALTER ROLE weft NOREPLICATION")
	f := start(t, c.URL(name))
	f.until(t, "it says what to do", func(s feed.Status, _ []feed.Event) bool {
		return !s.Whole && strings.Contains(s.Fault, "ALTER ROLE … REPLICATION")
	})
	f.user(t, "ada") // writing goes on
}

// TestStreaming has a transaction so large that the server sends it before its
// end. A part of it is rolled back, and others commit meanwhile.
func TestStreaming(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	c.Set(t, "logical_decoding_work_mem = '64kB'")
	l := listen(t, c.URL(name))
	l.forget()
	conn := connect(t, c.URL(name))
	const many = `DO $$ BEGIN FOR i IN 1..3000 LOOP UPDATE %s SET id = id WHERE false; END LOOP; END $$`
	execute(t, conn, "BEGIN", strings.Replace(many, "%s", "users", 1), "SAVEPOINT a", strings.Replace(many, "%s", "comments", 1), "ROLLBACK TO a")
	_, at := l.user(t, "ada")
	if got := l.read(t, at); len(got) != 1 || len(got[0].Changes) != 1 {
		t.Fatalf("a write beside the large one: %d events", len(got))
	}
	execute(t, conn, "COMMIT")
	_, at = l.user(t, "bob")
	got := l.read(t, at)
	if len(got) != 2 || len(got[0].Changes) < 3000 || !got[0].Concerns(user.Table) || got[0].XID == 0 {
		t.Fatalf("the large one is told as %d events", len(got))
	}
	t.Logf("what was rolled back is told: %v", got[0].Concerns(comment.Table))
}

// TestKeptLog has a transaction that writes and stays open. The slots keep the
// log from its start on, until the server's limit for them ends the feed. It
// begins again after the transaction.
func TestKeptLog(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	c.Set(t, "max_slot_wal_keep_size = '16MB'")
	l := listen(t, c.URL(name))
	conn := connect(t, c.URL(name))
	execute(t, conn, "BEGIN", "UPDATE tags SET name = name")
	for range 8 { // 16 MB each
		c.Exec(t, "SELECT pg_logical_emit_message(false, 'other', 'short')")
		c.Exec(t, "SELECT pg_switch_wal()")
	}
	c.Exec(t, "CHECKPOINT")
	l.until(t, "the feed is cut", func(s feed.Status, _ []feed.Event) bool { return !s.Whole && s.Cuts > 0 })
	l.user(t, "ada") // writing goes on
	execute(t, conn, "COMMIT")
	l.until(t, "it is whole again", func(s feed.Status, _ []feed.Event) bool { return s.Whole })
	l.forget()
	_, at := l.user(t, "bob")
	if got := l.read(t, at); len(got) != 1 || !got[0].Concerns(user.Table) {
		t.Errorf("after the limit: %+v", got)
	}
}

// TestSlotsGo checks what a feed leaves behind.
func TestSlotsGo(t *testing.T) {
	t.Parallel()
	c, name := cluster(t)
	t.Run("Listen", func(t *testing.T) { listen(t, c.URL(name)) })
	conn := connect(t, c.URL(name))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n := -1; n != 0; {
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_replication_slots").Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
}
