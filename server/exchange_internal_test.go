package server

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestExchangeEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := func() *exchange {
			x := newExchange(nil, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
			t.Cleanup(func() { x.stop(nil) })
			return x
		}
		late, stopped, free := begin(), begin(), begin()
		late.limit(10 * time.Second)
		stopped.limit(10 * time.Second).Stop()
		time.Sleep(10*time.Second - 1) //nolint:forbidigo // the clock is synctest's
		synctest.Wait()
		if err := late.Err(); err != nil {
			t.Errorf("before its time: %v", err)
		}
		if at, ok := late.Deadline(); !ok || time.Until(at) != 1 {
			t.Errorf("the deadline is %v", at)
		}
		time.Sleep(time.Nanosecond) //nolint:forbidigo // likewise
		synctest.Wait()
		if err := late.Err(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in its time: %v", err)
		}
		for name, x := range map[string]*exchange{"stopped": stopped, "without a limit": free} {
			if err := x.Err(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, ok := free.Deadline(); ok {
			t.Error("without a limit it has a deadline")
		}
	})
}
