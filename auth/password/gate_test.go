package password

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

// network is one of many.
func network(n byte) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, n}), 32)
}

// attempt works for 30 milliseconds, and reports whether it was let in.
func attempt(t *testing.T, g *gate, who Caller) bool {
	leave, err := g.admit(who)
	if err != nil {
		if after := retryAfter(t, err, apperr.Overloaded); after < time.Second {
			t.Errorf("retry after %v", after)
		}
		return false
	}
	defer leave()
	if err := g.work(t.Context(), who.Network, func() {
		time.Sleep(30 * time.Millisecond) //nolint:forbidigo // the clock is synctest's
	}); err != nil {
		t.Error(err)
	}
	return true
}

// flood makes many attempts at once from each of so many networks, and returns
// how many were let in.
func flood(t *testing.T, g *gate, all *sync.WaitGroup, networks, each int) *atomic.Int64 {
	in := new(atomic.Int64)
	for n := range networks {
		for range each {
			all.Go(func() {
				if attempt(t, g, Caller{Network: network(byte(n))}) {
					in.Add(1)
				}
			})
		}
	}
	synctest.Wait()
	return in
}

func (g *gate) empty() bool { return g.admitted == 0 && len(g.of) == 0 }

func TestANetworkHasAShareOfTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 30, time.Now)
		var all sync.WaitGroup
		in := flood(t, g, &all, 1, 500)
		start := time.Now()
		if !attempt(t, g, Caller{Network: network(9)}) {
			t.Error("somebody in another network was refused")
		}
		if took := time.Since(start); took > 60*time.Millisecond {
			t.Errorf("somebody in another network waited %v", took)
		}
		all.Wait()
		if in.Load() != 8 || !g.empty() {
			t.Errorf("%d of the flood were let in; the gate is empty: %v", in.Load(), g.empty())
		}
	})
}

func TestPlacesAreKeptForOwners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 30, time.Now)
		g.standings.note(network(200), true)
		var all sync.WaitGroup
		in := flood(t, g, &all, 50, 10)
		for name, who := range map[string]Caller{
			"a network where a password was proved": {Network: network(200)}, "who is signed in": {Network: network(201), SignedIn: true},
		} {
			if !attempt(t, g, who) {
				t.Errorf("%s has no place", name)
			}
		}
		all.Wait()
		if in.Load() != 24 || !g.empty() {
			t.Errorf("%d of the flood were let in; the gate is empty: %v", in.Load(), g.empty())
		}
	})
}

func TestWhoFailsOftenHasOnePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 30, time.Now)
		g.standings.note(network(0), true)
		for range freeFailures + 1 {
			g.standings.note(network(0), false)
		}
		var all sync.WaitGroup
		in := flood(t, g, &all, 1, 50)
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d were let in", in.Load())
		}
		g.standings.note(network(0), true)
		in = flood(t, g, &all, 1, 50)
		all.Wait()
		if in.Load() != 8 {
			t.Errorf("after a password was proved %d were let in", in.Load())
		}
		time.Sleep(standingLife) //nolint:forbidigo // the clock is synctest's
		if proved, failing := g.standings.of(network(0)); proved || failing {
			t.Error("it is remembered for ever")
		}
	})
}

func TestStandingsAreBounded(t *testing.T) {
	s := newStandings(time.Now)
	for i := range maxStandings + 100 {
		s.note(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32), true)
	}
	if len(s.byWho) != maxStandings || s.recent.Len() != maxStandings {
		t.Errorf("%d networks are remembered", len(s.byWho))
	}
}

func TestGateLetsGoWhoGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1, time.Now)
		end := make(chan struct{})
		go func() { _ = g.work(t.Context(), network(1), func() { <-end }) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.work(ctx, network(2), func() {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(end)
		if err := g.work(t.Context(), network(2), func() {}); err != nil {
			t.Error(err)
		}
	})
}

func TestAdmitHoldsAPlace(t *testing.T) {
	h := newHasher(t, Options{Params: cheap(), Slots: 1, Queue: 1})
	ctx, leave, err := h.Admit(t.Context(), Caller{})
	if err != nil {
		t.Fatal(err)
	}
	_, leaveOther, err := h.Admit(t.Context(), Caller{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Admit(t.Context(), Caller{}); apperr.CodeOf(err) != apperr.Overloaded {
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
	if !h.gate.empty() {
		t.Errorf("%d are still admitted", h.gate.admitted)
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
