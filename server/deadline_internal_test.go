package server

import (
	"context"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deadlines{timeout: 10 * time.Second}
		pass := func(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // the clock is synctest's
		begin := func() *exchange {
			x := newExchange(nil, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
			t.Cleanup(func() { x.stop(nil) })
			d.add(x)
			return x
		}
		ended := func(when string, want bool, list ...*exchange) {
			t.Helper()
			synctest.Wait()
			for i, x := range list {
				if err := x.Err(); (err == context.DeadlineExceeded) != want {
					t.Errorf("%s: exchange %d has the error %v", when, i, err)
				}
			}
		}
		first := begin()
		pass(time.Second)
		second, third, fourth := begin(), begin(), begin()
		pass(time.Second)
		fifth := begin()
		d.remove(third)
		d.remove(fifth)
		pass(8*time.Second - 1)
		ended("before the first is due", false, first, second, third, fourth, fifth)
		pass(1)
		ended("when the first is due", true, first)
		ended("when the first is due", false, second, third, fourth, fifth)
		d.remove(first)
		pass(time.Second)
		ended("when the others are due", true, second, fourth)
		d.remove(fourth)
		d.remove(second)
		pass(time.Minute)
		ended("removed", false, third, fifth)
		late := begin()
		pass(10*time.Second - 1)
		ended("after a pause", false, late)
		pass(1)
		ended("after a pause", true, late)
		if at, ok := late.Deadline(); !ok || !at.Equal(time.Now()) {
			t.Errorf("the deadline was %v", at)
		}
	})
}
