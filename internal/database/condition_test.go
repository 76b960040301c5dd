package database_test

import (
	"context"
	"testing"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// isSo is a condition that returns a number, unless that is 0.
func isSo(n int, got *int) *database.Condition {
	return &database.Condition{
		Name: "isSo", SQL: "SELECT n FROM (VALUES ($1::int)) AS v (n) WHERE 1 / n <> 2", Args: []any{n},
		Read: func(rows database.Rows) error { return rows.Scan(got) },
	}
}

// addUnder writes a user under a condition, in one round trip or in several.
func addUnder(t *testing.T, db *database.Database, c *database.Condition, queued bool, name string) error {
	t.Helper()
	return db.WithTx(database.Under(t.Context(), c), func(ctx context.Context, tx *ent.Tx) error {
		if queued {
			newUserIn(database.Queue(ctx), t, tx, name)
			return nil
		}
		return tx.User.Create().SetUsername(name).SetUsernameKey(name).Exec(ctx)
	})
}

func TestCondition(t *testing.T) {
	for way, queued := range map[string]bool{"one round trip": true, "several": false} {
		t.Run(way, func(t *testing.T) {
			db := dbtest.Open(t, "postgres")
			var got int
			met, unmet := isSo(7, &got), isSo(0, &got)
			if err := addUnder(t, db, unmet, queued, "ada"); err == nil || !unmet.Unmet() || unmet.Met() {
				t.Errorf("unmet: %v, %+v", err, unmet)
			}
			if n := countUsers(t.Context(), t, db); n != 0 {
				t.Errorf("%d users, want none", n)
			}
			if err := addUnder(t, db, met, queued, "bob"); err != nil || !met.Met() || met.Unmet() || got != 7 {
				t.Errorf("met: %v, %+v with %d", err, met, got)
			}
			met.Args = []any{0} // nobody asks again
			if err := addUnder(t, db, met, queued, "cyd"); err != nil {
				t.Error(err)
			}
			if n := countUsers(t.Context(), t, db); n != 2 {
				t.Errorf("%d users, want 2", n)
			}
		})
	}
}

func TestConditionCostsNoRoundTrip(t *testing.T) {
	db, proxy := proxied(t, "&pool_max_conns=1")
	var got int
	if err := addUnder(t, db, isSo(1, &got), true, "ada"); err != nil {
		t.Fatal(err)
	}
	sent := 0
	proxy.CutWhen(func([]byte) bool { sent++; return false })
	if err := addUnder(t, db, isSo(1, &got), true, "bob"); err != nil || sent != 1 {
		t.Errorf("%v after %d round trips, want none after one", err, sent)
	}
	proxy.CutWhen(func([]byte) bool { return true })
	lost := isSo(1, &got)
	if err := addUnder(t, db, lost, true, "cyd"); !database.IsOutcomeUnknown(err) || lost.Met() || lost.Unmet() {
		t.Errorf("a connection that is lost: %v, %+v", err, lost)
	}
}
