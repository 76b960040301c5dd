package password

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

func TestGateBoundsWorkAndWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 10)
		var at, most, done, refused atomic.Int64
		var wait sync.WaitGroup
		for range 500 {
			wait.Go(func() {
				leave, err := g.admit()
				if err != nil {
					if after := retryAfter(t, err, apperr.Overloaded); after < time.Second {
						t.Errorf("retry after %v", after)
					}
					refused.Add(1)
					return
				}
				defer leave()
				err = g.work(t.Context(), func() {
					if n := at.Add(1); n > most.Load() {
						most.Store(n)
					}
					time.Sleep(30 * time.Millisecond) //nolint:forbidigo // the clock is synctest's
					at.Add(-1)
					done.Add(1)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if most.Load() != 2 || done.Load() != 12 || refused.Load() != 488 {
			t.Errorf("%d at once, %d done, %d refused", most.Load(), done.Load(), refused.Load())
		}
		if g.admitted.Load() != 0 || len(g.slots) != 0 {
			t.Error("the gate is not empty")
		}
	})
}

func TestGateLetsGoWhoGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		end := make(chan struct{})
		go func() { _ = g.work(t.Context(), func() { <-end }) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.work(ctx, func() {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(end)
		if err := g.work(t.Context(), func() {}); err != nil {
			t.Error(err)
		}
	})
}

func TestAdmitHoldsAPlace(t *testing.T) {
	h := newHasher(t, Options{Params: cheap(), Slots: 1, Queue: 1})
	ctx, leave, err := h.Admit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, leaveOther, err := h.Admit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Admit(t.Context()); apperr.CodeOf(err) != apperr.Overloaded {
		t.Errorf("a third was admitted: %v", err)
	}
	if _, err := h.Hash(t.Context(), "correct horse"); apperr.CodeOf(err) != apperr.Overloaded {
		t.Errorf("one who was not admitted: %v", err)
	}
	if _, err := h.Hash(ctx, "correct horse"); err != nil {
		t.Errorf("one who was admitted: %v", err)
	}
	leave()
	leave()
	leaveOther()
	if n := h.gate.admitted.Load(); n != 0 {
		t.Errorf("%d are still admitted", n)
	}
}

func TestFiveHundredHashesTakeBoundedMemory(t *testing.T) {
	h := newHasher(t, Options{Slots: 2, Queue: 8})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	var done, refused atomic.Int64
	var wait sync.WaitGroup
	for range 500 {
		wait.Go(func() {
			if _, _, err := h.Verify(t.Context(), "", "correct horse"); err == nil {
				done.Add(1)
			} else if apperr.CodeOf(err) == apperr.Overloaded {
				refused.Add(1)
			} else {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	runtime.ReadMemStats(&after)
	grown := (int64(after.HeapSys) - int64(before.HeapSys)) >> 20
	t.Logf("%d done, %d refused in %v; the heap grew by %d MB", done.Load(), refused.Load(), time.Since(start), grown)
	if done.Load()+refused.Load() != 500 || refused.Load() == 0 {
		t.Errorf("%d done, %d refused", done.Load(), refused.Load())
	}
	if grown > 300 {
		t.Errorf("the heap grew by %d MB", grown)
	}
}
