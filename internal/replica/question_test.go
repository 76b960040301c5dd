package replica_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/internal/replica"
)

// TestQuestionRests asks a question whose answer takes a time, with callers who
// come one after another, for a second.
func TestQuestionRests(t *testing.T) {
	for _, test := range []struct {
		name       string
		rest, took time.Duration
		calls      int // of find, in a second
	}{
		{"none", 0, time.Millisecond, 1000},
		{"twice as long as the answer took", 5 * time.Millisecond, time.Millisecond, 334},
		{"at most as long as it may", 5 * time.Millisecond, 15 * time.Millisecond, 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0 // of find, which is not called twice at once
				q := replica.Question[time.Time]{Rest: test.rest}
				find := func() (time.Time, error) {
					calls++
					began := time.Now()
					time.Sleep(test.took) //nolint:forbidigo // the clock is synctest's
					return began, t.Context().Err()
				}
				var all sync.WaitGroup
				for range 10_000 { // one each tenth of a millisecond
					all.Go(func() {
						came := time.Now()
						answer, err := q.Ask(t.Context(), find)
						if waited := time.Since(came); err != nil || answer.Before(came) || waited > 2*test.took+test.rest {
							t.Errorf("after %s the answer was of %s after the call: %v", waited, answer.Sub(came), err)
						}
					})
					time.Sleep(100 * time.Microsecond) //nolint:forbidigo // the clock is synctest's
				}
				all.Wait()
				if calls < test.calls-1 || calls > test.calls+1 {
					t.Errorf("asked %d times, want %d", calls, test.calls)
				}
			})
		})
	}
}

// TestQuestionAfterItsRest has one caller at a time, who never waits for more
// than the answer, also after one that failed or was not waited for.
func TestQuestionAfterItsRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := replica.Question[int]{Rest: 5 * time.Millisecond}
		failed := errors.New("no answer")
		for n, fails := range []error{nil, failed, nil} {
			began := time.Now()
			got, err := q.Ask(t.Context(), func() (int, error) {
				time.Sleep(time.Millisecond) //nolint:forbidigo // the clock is synctest's
				return n, fails
			})
			if waited := time.Since(began); got != n || !errors.Is(err, fails) || waited != time.Millisecond {
				t.Errorf("call %d: got %d and %v after %s", n, got, err, waited)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := q.Ask(ctx, func() (int, error) { return -1, nil }); !errors.Is(err, context.Canceled) {
				t.Errorf("call %d: a caller who is gone got %v", n, err)
			}
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // the clock is synctest's
		}
	})
}
