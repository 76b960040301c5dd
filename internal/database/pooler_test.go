package database_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// eachStore is dbtest.EachStore with PostgreSQL behind a pooler besides.
func eachStore(t *testing.T, test func(t *testing.T, db *database.Database)) {
	for _, store := range append(dbtest.Stores(), dbtest.Behind) {
		t.Run(store, func(t *testing.T) { test(t, dbtest.Open(t, store)) })
	}
}

// More clients than the pooler has connections: each meets sessions of others.
func TestPoolerSharesSessions(t *testing.T) {
	db := dbtest.Open(t, dbtest.Behind)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				name := fmt.Sprint("user", i, "x", j)
				err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
					database.Announce(ctx, name)
					newUserIn(ctx, t, tx, name)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				countUsers(t.Context(), t, db)
			}
		})
	}
	all.Wait()
	if n := countUsers(t.Context(), t, db); n != 160 {
		t.Errorf("%d users, want 160", n)
	}
}

// What the session would have been started with holds in each transaction, and
// is left to nobody.
func TestPoolerKeepsTimeouts(t *testing.T) {
	db := dbtest.Open(t, dbtest.Behind)
	for range 3 {
		var inside string
		err := db.WithTx(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
			inside = settings(ctx, t, db)
			return nil
		})
		if outside := settings(t.Context(), t, db); err != nil || inside != "30s 5s 1min" || outside != "0 0 0" {
			t.Errorf("time-outs %q inside and %q outside, %v; want those of the options and none", inside, outside, err)
		}
	}
}

func settings(ctx context.Context, t *testing.T, db *database.Database) (all string) {
	t.Helper()
	const sql = "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')"
	rows, err := db.Query(ctx, database.Read{SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&all); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A read that is given up ends on the server, too, which knows no time-out.
func TestPoolerPassesCancellationOn(t *testing.T) {
	direct := dbtest.Open(t, dbtest.Behind)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	rows, err := direct.Query(ctx, database.Read{SQL: "SELECT pg_sleep(3600)"})
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		rows.Close()
	}
	if err == nil {
		t.Fatal("it slept for an hour")
	}
	const running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(3600)' AND state = 'active'"
	until, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for n := 1; n > 0; {
		if err := direct.Pool().QueryRow(until, running).Scan(&n); err != nil {
			t.Fatal("it still runs: ", err)
		}
	}
}

func TestMigratePastThePooler(t *testing.T) {
	cluster := dbtest.Postgres(t)
	link := cluster.NewDatabase(t)
	name := link[strings.LastIndex(strings.SplitN(link, "?", 2)[0], "/")+1 : strings.Index(link, "?")]
	pooler := dbtest.NewPooler(t, cluster.Node)
	db, err := database.Open(t.Context(), database.Options{URL: pooler.URL(name), Pooler: true, DirectURL: link})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	pending, err := db.Pending(t.Context())
	if err != nil || len(pending) == 0 {
		t.Fatalf("pending %v, %v", pending, err)
	}
	applied, err := db.Migrate(t.Context())
	if err != nil || !slices.Equal(applied, pending) {
		t.Errorf("applied %v of %v, %v", applied, pending, err)
	}
	newUser(t, db.Client().User, "someone")
}

func TestPoolerRefusesWhatItCannotDo(t *testing.T) {
	link := dbtest.NewURL(t, "postgres")
	for _, o := range []struct {
		options database.Options
		want    string
	}{
		{database.Options{URL: link, Pooler: true}, "the URL of the server itself"},
		{database.Options{URL: link + "&options=-c%20work_mem%3D1MB", Pooler: true, DirectURL: link}, `"options"`},
	} {
		db, err := database.Open(t.Context(), o.options)
		if err == nil {
			err = errors.Join(errors.New("it opened"), db.Close())
		}
		if !strings.Contains(err.Error(), o.want) {
			t.Errorf("error %q does not say %q", err, o.want)
		}
	}
}

// TestPoolerIsExamined finds a pooler where one is set in order, and where none
// is set says what to set.
func TestPoolerIsExamined(t *testing.T) {
	about := func(db *database.Database) (found []database.Finding) {
		for _, f := range db.Examine(t.Context()) {
			if strings.Contains(f.Text, "pooler") {
				found = append(found, f)
			}
		}
		return found
	}
	db := dbtest.Open(t, dbtest.Behind)
	if got := about(db); len(got) != 1 || got[0].Wrong || got[0].Remedy != "" {
		t.Errorf("behind a pooler that is set: %+v", got)
	}
	if got := about(dbtest.Open(t, "postgres")); len(got) != 0 {
		t.Errorf("without a pooler: %+v", got)
	}
}
