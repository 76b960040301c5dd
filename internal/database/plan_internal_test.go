package database

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

func newPlans(t *testing.T) *planCache {
	t.Helper()
	db, err := sql.Open("sqlite", sqliteDSN(filepath.Join(t.TempDir(), "plan.db"), time.Second))
	if err != nil {
		t.Fatal(err)
	}
	// The first connection sets the file's journal. Another at the same time is
	// refused, so a database opens one alone, too.
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	plans := newPlanCache(db)
	t.Cleanup(func() {
		plans.close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return plans
}

// number reads the number that a statement selects.
func (p *planCache) number(t *testing.T, n int) {
	rows, err := p.query(t.Context(), "SELECT "+strconv.Itoa(n), nil)
	if err != nil {
		t.Error(err)
		return
	}
	got := -1
	for rows.Next() {
		err = rows.Scan(&got)
	}
	if closed := rows.Close(); err != nil || closed != nil || rows.Err() != nil || got != n {
		t.Errorf("SELECT %d: %d, %v, %v, %v", n, got, err, closed, rows.Err())
	}
}

// TestPlansAreKeptByUse fills the cache, and expects that statements which come
// into use afterwards are kept in place of those that are not used any more.
func TestPlansAreKeptByUse(t *testing.T) {
	plans := newPlans(t)
	for n := range 2 * maxPlans {
		plans.number(t, n)
	}
	const late = 10
	for range 50 {
		for n := range late {
			plans.number(t, 10*maxPlans+n)
		}
	}
	plans.plans.CleanUp()
	if size := plans.plans.EstimatedSize(); size > maxPlans {
		t.Errorf("%d statements are prepared, and %d may be", size, maxPlans)
	}
	for n := range late {
		known, ok := plans.plans.GetIfPresent(fmt.Sprintf("SELECT %d", 10*maxPlans+n))
		if !ok || known.stmt == nil {
			t.Errorf("a statement that came late and is used is not kept")
		}
	}
}

// TestPlansAreDroppedInUse has many goroutines drop each other's statements.
func TestPlansAreDroppedInUse(t *testing.T) {
	plans := newPlans(t)
	plans.plans.SetMaximum(2)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := range 200 {
				plans.number(t, (worker+n)%7)
			}
		})
	}
	wg.Wait()
}
