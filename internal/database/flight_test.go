package database_test

import (
	"context"
	"testing"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/position"
)

// addQueued writes a user in a transaction of one round trip.
func addQueued(t *testing.T, db *database.Database, name string) (runs int, at position.Position, err error) {
	t.Helper()
	var writes position.Recorder
	err = db.WithTx(position.NewContext(t.Context(), &writes), func(ctx context.Context, tx *ent.Tx) error {
		runs++
		newUserIn(database.Queue(ctx), t, tx, name)
		return nil
	})
	return runs, writes.Last(), err
}

func TestOneRoundTripIsLostOnItsWay(t *testing.T) {
	db, proxy := proxied(t, "&pool_max_conns=1")
	if runs, at, err := addQueued(t, db, "ada"); err != nil || runs != 1 || at.IsZero() {
		t.Fatalf("%v after %d runs at %s", err, runs, at)
	}
	sent := 0
	proxy.CutWhen(func([]byte) bool { sent++; return false })
	if _, _, err := addQueued(t, db, "bob"); err != nil || sent != 1 {
		t.Errorf("%v after %d round trips, want none after one", err, sent)
	}
	proxy.CutWhen(func([]byte) bool { return true })
	if runs, at, err := addQueued(t, db, "cyd"); !database.IsOutcomeUnknown(err) || runs != 1 || !at.IsZero() {
		t.Errorf("%v after %d runs at %s, want an unknown outcome of one", err, runs, at)
	}
}

// A server that stops says so before it reads what was sent.
func TestServerEndsTheConnection(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	if _, _, err := addQueued(t, db, "ada"); err != nil {
		t.Fatal(err)
	}
	other := dbtest.OpenURL(t, db.Pool().Config().ConnString())
	var ended int
	err := other.Pool().QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&ended)
	if err != nil || ended == 0 {
		t.Fatalf("ended %d connections, %v", ended, err)
	}
	if _, _, err := addQueued(t, db, "bob"); err != nil {
		t.Errorf("the write after that: %v", err)
	}
	if n := countUsers(t.Context(), t, db); n != 2 {
		t.Errorf("%d users, want 2", n)
	}
}

func TestOneRoundTripIsAllOrNothing(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	if _, err := db.DB().ExecContext(t.Context(), "CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"); err != nil {
		t.Fatal(err)
	}
	for name, last := range map[string]string{
		"last statement": "SELECT 1/0", "at commit": "INSERT INTO late VALUES (1), (1)",
	} {
		var writes position.Recorder
		err := db.WithTx(position.NewContext(t.Context(), &writes), func(ctx context.Context, tx *ent.Tx) error {
			ctx = database.Queue(ctx)
			newUserIn(ctx, t, tx, "ada")
			_, err := tx.ExecContext(ctx, last)
			return err
		})
		if err == nil || database.IsOutcomeUnknown(err) || !writes.Last().IsZero() {
			t.Errorf("%s: %v at %s", name, err, writes.Last())
		}
	}
	if n := countUsers(t.Context(), t, db); n != 0 {
		t.Errorf("%d users, want none", n)
	}
}

// A connection that died while nobody used it loses no write, and leaves no doubt
// about one.
func TestOneRoundTripPassesByTheDead(t *testing.T) {
	db, proxy := proxied(t, "&pool_max_conns=3")
	if _, _, err := addQueued(t, db, "ada"); err != nil {
		t.Fatal(err)
	}
	proxy.Cut()
	if _, _, err := addQueued(t, db, "bob"); err == nil || database.IsOutcomeUnknown(err) || !database.IsUnavailable(err) {
		t.Errorf("without a server: %v", err)
	}
	proxy.Mend()
	if _, _, err := addQueued(t, db, "cyd"); err != nil {
		t.Errorf("with a server again: %v", err)
	}
}
