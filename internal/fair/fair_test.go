package fair_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/internal/fair"
)

func enter(t *testing.T, q *fair.Queue[string], who string) fair.Place[string] {
	t.Helper()
	p, err := q.Enter(t.Context(), who)
	if err != nil {
		t.Fatalf("%s: %v", who, err)
	}
	return p
}

func TestACallerHasNoMoreThanItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fair.New[string](fair.Options{Places: 4, Share: 3, Each: 100, Waiting: 100})
		var at, most atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				p := enter(t, q, "stranger")
				if n := at.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(time.Second) //nolint:forbidigo // the clock is synctest's
				at.Add(-1)
				p.Leave()
			})
		}
		synctest.Wait()
		start := time.Now()
		enter(t, q, "other").Leave()
		if waited := time.Since(start); waited > 0 {
			t.Errorf("another caller waited %v for the place that is left", waited)
		}
		all.Wait()
		if most.Load() != 3 {
			t.Errorf("%d places at once, want 3", most.Load())
		}
	})
}

func TestPlacesGoRoundTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fair.New[string](fair.Options{Places: 1, Share: 1, Each: 100, Waiting: 100})
		first := enter(t, q, "a")
		var order []string
		var all sync.WaitGroup
		for _, who := range []string{"a", "a", "a", "b", "c"} {
			all.Go(func() {
				p := enter(t, q, who)
				order = append(order, who)
				p.Leave()
			})
			synctest.Wait() // so that they stand in this order
		}
		first.Leave()
		all.Wait()
		want := []string{"a", "b", "c", "a", "a"}
		for i := range want {
			if order[i] != want[i] {
				t.Fatalf("got the order %v, want %v", order, want)
			}
		}
	})
}

func TestWaitingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fair.New[string](fair.Options{Places: 1, Share: 1, Each: 2, Waiting: 3, Patience: time.Minute})
		held := enter(t, q, "a")
		errs := map[string]*atomic.Int64{"a": {}, "b": {}, "c": {}}
		var all sync.WaitGroup
		wait := func(who string) {
			all.Go(func() {
				if _, err := q.Enter(t.Context(), who); errors.Is(err, fair.ErrFull) {
					errs[who].Add(1)
				}
			})
			synctest.Wait()
		}
		for _, who := range []string{"a", "a", "a", "b", "b", "c"} {
			wait(who)
		}
		if a, b, c := errs["a"].Load(), errs["b"].Load(), errs["c"].Load(); a != 1 || b != 1 || c != 1 {
			t.Errorf("refused: a %d, b %d, c %d times; want once each", a, b, c)
		}
		start := time.Now()
		all.Wait() // out of patience
		if time.Since(start) != time.Minute {
			t.Errorf("they waited %v", time.Since(start))
		}
		held.Leave()
		enter(t, q, "a").Leave()
	})
}

func TestWhoGivesUpLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fair.New[string](fair.Options{Places: 2, Share: 2, Each: 100, Waiting: 100})
		for range 20 {
			var all sync.WaitGroup
			for i := range 10 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%3)*time.Second)
				all.Go(func() {
					defer cancel()
					p, err := q.Enter(ctx, "a")
					if err == nil {
						time.Sleep(time.Second) //nolint:forbidigo // the clock is synctest's
						p.Leave()
					} else if !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		enter(t, q, "b")
		enter(t, q, "b")
	})
}
