package database_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/position"
)

func TestPositionOfAWrite(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		var last position.Position
		for i := range 3 {
			var writes position.Recorder
			ctx := position.NewContext(t.Context(), &writes)
			if err := db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
				newUserIn(ctx, t, tx, fmt.Sprint("user", i))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			at := writes.Last()
			if at.Compare(last) <= 0 || at.Timeline != 1 {
				t.Errorf("a write after one at %s ended at %s", last, at)
			}
			last = at
		}
		var writes position.Recorder
		if err := db.WithTx(position.NewContext(t.Context(), &writes), func(context.Context, *ent.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if at := writes.Last(); !at.IsZero() {
			t.Errorf("a transaction without statements ended at %s", at)
		}
	})
}

func TestPositionIsWhatStandbysReach(t *testing.T) {
	cluster := dbtest.Postgres(t)
	link := cluster.NewDatabase(t)
	for _, commit := range []string{"on", "off"} {
		db := dbtest.OpenURL(t, link+"&synchronous_commit="+commit)
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		var writes position.Recorder
		if err := db.WithTx(position.NewContext(t.Context(), &writes), func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.Create().SetUsername(commit).SetUsernameKey(commit).Exec(ctx)
		}); err != nil {
			t.Fatal(err)
		}
		var inserted string
		if err := db.Pool().QueryRow(t.Context(), "SELECT pg_current_wal_insert_lsn()::text").Scan(&inserted); err != nil {
			t.Fatal(err)
		}
		most, err := position.ParseLSN(inserted)
		if at := writes.Last(); err != nil || at.IsZero() || at.LSN > most {
			t.Errorf("synchronous_commit %s: the write ended at %s, and the log is at %s, %v", commit, at, inserted, err)
		}
	}
}

// TestAWriteTellsWhatCanBeSeen writes and does not ask the primary again: reads from
// now on see the write, and it is known that they do.
func TestAWriteTellsWhatCanBeSeen(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	gone, cancel := context.WithCancel(t.Context())
	cancel() // nobody waits for an answer of the primary
	for name, read := range map[string]bool{"in one flight": false, "with BEGIN and COMMIT": true} {
		ctx := position.NewContext(t.Context(), &position.Recorder{})
		var xid uint32
		err := db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			newUserIn(ctx, t, tx, strings.ReplaceAll(name, " ", ""))
			if !read {
				return nil
			}
			rows, err := db.Query(ctx, database.Read{SQL: "SELECT pg_current_xact_id()::text::bigint & 4294967295"})
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id int64
				if err := rows.Scan(&id); err != nil {
					return err
				}
				xid = uint32(id)
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		floor, err := db.Floor(gone, xid)
		if err != nil || !floor.Snapshot.Taken() || !floor.Snapshot.Sees(xid) {
			t.Errorf("%s: after the write the primary is asked again, or the write is not seen: %+v, %v", name, floor, err)
		}
	}
}

// once returns a function that is true the first time.
func once() func() bool {
	calls := 0
	return func() bool { calls++; return calls == 1 }
}

func TestConflictsAreRetriedWhole(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	for _, code := range []string{"40001", "40P01"} {
		runs, first := 0, once()
		err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			runs++
			newUserIn(ctx, t, tx, code)
			if first() {
				_, err := tx.ExecContext(ctx, "DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '"+code+"'; END $$")
				return err
			}
			return nil
		})
		if err != nil || runs != 2 {
			t.Errorf("%s: %v after %d runs, want none after 2", code, err, runs)
		}
	}
	if n := countUsers(t.Context(), t, db); n != 2 {
		t.Errorf("%d users, want 2", n)
	}
	runs := 0
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		runs++
		_, err := tx.ExecContext(ctx, "DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$")
		return err
	})
	if err == nil || runs < 3 || runs > 10 {
		t.Errorf("a conflict without end: %v after %d runs", err, runs)
	}
}

func newUserIn(ctx context.Context, t *testing.T, tx *ent.Tx, name string) {
	t.Helper()
	if err := tx.User.Create().SetUsername(name).SetUsernameKey(strings.ToLower(name)).Exec(ctx); err != nil {
		t.Error(err)
	}
}

func TestDeadlockLetsBothThrough(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	a, b := newUser(t, db.Client().User, "a"), newUser(t, db.Client().User, "b")
	var both, done sync.WaitGroup
	both.Add(2)
	write := func(first, second *ent.User) {
		var met sync.Once
		err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			if err := tx.User.UpdateOneID(first.ID).SetBio("first").Exec(ctx); err != nil {
				return err
			}
			met.Do(func() { both.Done(); both.Wait() })
			return tx.User.UpdateOneID(second.ID).SetName("second").Exec(ctx)
		})
		if err != nil {
			t.Error(err)
		}
	}
	done.Go(func() { write(a, b) })
	done.Go(func() { write(b, a) })
	done.Wait()
}

// asText has every statement go over the wire as text, so that a proxy can tell
// them.
const asText = "&default_query_exec_mode=exec"

// proxied opens a new database through a proxy, with settings.
func proxied(t *testing.T, settings string) (*database.Database, *dbtest.Proxy) {
	t.Helper()
	cluster := dbtest.Postgres(t)
	if cluster.Node == nil {
		t.Skip("the server is somebody else's")
	}
	link, err := url.Parse(dbtest.NewURL(t, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := dbtest.NewProxy(t, cluster.Node)
	return dbtest.OpenURL(t, proxy.URL(strings.TrimPrefix(link.Path, "/"))+settings), proxy
}

// contains tells whether a piece of the wire has the text.
func contains(text string) func([]byte) bool {
	return func(sent []byte) bool { return bytes.Contains(sent, []byte(text)) }
}

func TestConnectionLostBeforeCommit(t *testing.T) {
	db, proxy := proxied(t, asText)
	proxy.CutWhen(contains(`UPDATE "users"`))
	runs := 0
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		runs++
		newUserIn(ctx, t, tx, "ada")
		_, err := tx.User.Update().SetBio("new").Save(ctx)
		return err
	})
	if n := countUsers(t.Context(), t, db); err != nil || runs != 2 || n != 1 {
		t.Errorf("%v after %d runs with %d users, want none after 2 with 1", err, runs, n)
	}
}

func TestConnectionLostAtCommit(t *testing.T) {
	for name, tt := range map[string]struct {
		context func(context.Context) context.Context
		queue   bool
		runs    int
	}{
		"unknown":                    {context: func(ctx context.Context) context.Context { return ctx }, runs: 1},
		"unknown, in one round trip": {context: func(ctx context.Context) context.Context { return ctx }, queue: true, runs: 1},
		"repeatable":                 {context: database.Repeatable, runs: 2},
	} {
		t.Run(name, func(t *testing.T) {
			db, proxy := proxied(t, asText)
			proxy.CutWhen(contains("commit"))
			runs := 0
			err := db.WithTx(tt.context(t.Context()), func(ctx context.Context, tx *ent.Tx) error {
				runs++
				if tt.queue {
					ctx = database.Queue(ctx)
				}
				// What exists stays, which makes it repeatable.
				return tx.User.Create().SetUsername("ada").SetUsernameKey("ada").
					OnConflictColumns(user.FieldUsernameKey).Ignore().Exec(ctx)
			})
			if runs != tt.runs {
				t.Errorf("ran %d times, want %d", runs, tt.runs)
			}
			if unknown := tt.runs == 1; database.IsOutcomeUnknown(err) != unknown || unknown && apperr.CodeOf(err) != apperr.Timeout {
				t.Errorf("the error is %v", err)
			}
			// The server may take note of COMMIT after its client was cut off.
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			n := 0
			for n != 1 && ctx.Err() == nil {
				n = countUsers(t.Context(), t, db)
			}
			if n != 1 {
				t.Errorf("%d users, want the one whose COMMIT arrived", n)
			}
		})
	}
}

func TestQueuedStatementsShareARoundTrip(t *testing.T) {
	db, proxy := proxied(t, asText)
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := 0
	proxy.CutWhen(func(piece []byte) bool { sent++; return false })
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		queue := database.Queue(ctx)
		newUserIn(queue, t, tx, "ada")
		newUserIn(queue, t, tx, "bob")
		return nil
	})
	if err != nil || sent != 1 {
		t.Errorf("%v after %d round trips, want none after one", err, sent)
	}
	sent = 0
	err = db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		newUserIn(database.Queue(ctx), t, tx, "cyd")
		if n := countUsers(ctx, t, db); n != 3 {
			t.Errorf("%d users seen inside, want 3", n)
		}
		n, err := tx.User.Update().SetBio("new").Save(database.Queue(ctx))
		if n != 3 || err != nil {
			t.Errorf("changed %d users, %v; want 3", n, err)
		}
		return nil
	})
	if err != nil || sent != 3 {
		t.Errorf("%v after %d round trips, want none after 3", err, sent)
	}
}

func TestFailureOfAQueuedStatement(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		newUser(t, db.Client().User, "ada")
		twice := func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.Create().SetUsername("ada").SetUsernameKey("ada").Exec(database.Queue(ctx))
		}
		if err := db.WithTx(t.Context(), twice); !database.IsUnique(err, "users_username_key") {
			t.Errorf("got %v", err)
		}
		if err := db.WithTx(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
			err := db.WithTx(ctx, twice)
			if !database.IsUnique(err, "users_username_key") {
				t.Errorf("the inner transaction ends with %v", err)
			}
			return err
		}); err == nil {
			t.Error("the outer transaction is committed")
		}
		if n := countUsers(t.Context(), t, db); n != 1 {
			t.Errorf("%d users, want 1", n)
		}
	})
}

func TestFailedStatementIsNeverCommitted(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		newUserIn(ctx, t, tx, "ada")
		_, _ = tx.ExecContext(ctx, "SELECT 1/0") // and fn takes no notice
		return nil
	})
	if n := countUsers(t.Context(), t, db); err == nil || n != 0 {
		t.Errorf("%d users, %v; want none and an error", n, err)
	}
}

func TestConstraintThatIsCheckedAtCommit(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	if _, err := db.DB().ExecContext(t.Context(), "CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"); err != nil {
		t.Fatal(err)
	}
	var writes position.Recorder
	err := db.WithTx(position.NewContext(t.Context(), &writes), func(ctx context.Context, tx *ent.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO late VALUES (1), (1)")
		return err
	})
	if !database.IsUnique(err, "") || database.IsOutcomeUnknown(err) || !writes.Last().IsZero() {
		t.Errorf("got %v at %s", err, writes.Last())
	}
}

// atOnce leaves statements to be sent at once.
func atOnce(ctx context.Context) context.Context { return ctx }

// announcing opens a database whose transactions send what they announced.
func announcing(t *testing.T, link string, committed func(position.Position, []byte)) *database.Database {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{
		URL: link, Committed: committed,
		Message: func(_ context.Context, changes []any) ([]byte, error) { return fmt.Append(nil, changes...), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func writeAndAnnounce(t *testing.T, db *database.Database, name string, queue func(context.Context) context.Context, end error) {
	t.Helper()
	err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		newUserIn(queue(ctx), t, tx, name)
		database.Announce(ctx, name)
		return end
	})
	if err != end {
		t.Fatal(err)
	}
}

func TestAnnouncementIsInTheLog(t *testing.T) {
	link := dbtest.NewURL(t, "postgres")
	conn, err := pgx.Connect(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "SELECT pg_create_logical_replication_slot('said', 'test_decoding', true)"); err != nil {
		t.Fatal(err)
	}
	db := announcing(t, link, nil)
	writeAndAnnounce(t, db, "ada", atOnce, nil)
	writeAndAnnounce(t, db, "bob", atOnce, context.Canceled)
	writeAndAnnounce(t, db, "cyd", database.Queue, nil)
	var got int
	for name, n := range map[string]int{"dan": 0, "eve": 7} {
		err := db.WithTx(database.Under(t.Context(), isSo(n, &got)), func(ctx context.Context, tx *ent.Tx) error {
			newUserIn(database.Queue(ctx), t, tx, name)
			database.Announce(ctx, name)
			return nil
		})
		if met := err == nil; met != (n != 0) {
			t.Errorf("under a condition: %s is written: %t, %v", name, met, err)
		}
	}
	read, err := conn.Query(t.Context(), "SELECT data FROM pg_logical_slot_get_changes('said', NULL, NULL) WHERE data LIKE 'message%'")
	if err != nil {
		t.Fatal(err)
	}
	said, err := pgx.CollectRows(read, pgx.RowTo[string])
	if err != nil || len(said) != 3 || !strings.Contains(said[0], "weft") || !strings.HasSuffix(said[0], "ada") || !strings.HasSuffix(said[1], "cyd") || !strings.HasSuffix(said[2], "eve") || got != 7 {
		t.Errorf("the log has %q, %v", said, err)
	}
}

func TestCommitsAreToldInOrder(t *testing.T) {
	var told []string
	last := position.Position{}
	db := announcing(t, dbtest.NewURL(t, "sqlite"), func(now position.Position, message []byte) {
		if now.Compare(last) <= 0 {
			t.Errorf("told of %s after %s", now, last)
		}
		last = now
		told = append(told, string(message))
	})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { writeAndAnnounce(t, db, fmt.Sprint("user", i), atOnce, nil) })
	}
	all.Wait()
	writeAndAnnounce(t, db, "lost", atOnce, context.Canceled)
	if len(told) != 20 || last != position.OfCounter(20) {
		t.Errorf("told of %d up to %s, want 20", len(told), last)
	}
}

func TestAfterCommit(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		calls := 0
		for i, end := range []error{nil, context.Canceled} {
			err := db.WithTx(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
				return errors.Join(end, db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
					newUserIn(ctx, t, tx, fmt.Sprint("user", i))
					database.AfterCommit(ctx, func() { calls++ })
					if calls != min(i, 1) {
						t.Error("called before the commit")
					}
					return nil
				}))
			})
			if (err == nil) != (end == nil) || calls != 1 {
				t.Errorf("%v after %d calls, want one call after the first transaction", err, calls)
			}
		}
		if database.AfterCommit(t.Context(), func() { calls++ }); calls != 2 {
			t.Error("not called at once without a transaction")
		}
	})
}
