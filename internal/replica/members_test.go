package replica_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
)

// TestMembersComeAndGo adds a standby to a group that runs, and takes it out
// again while an operation holds it.
func TestMembersComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &servers{samples: []*replica.Sample{primary(1, 10), standby(1, 10)}, asked: make([]int, 2)}
		g := newGroup(1, replica.Options{Ask: s.ask, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		ctx, cancel := context.WithCancel(t.Context())
		var watch sync.WaitGroup
		watch.Go(func() { g.Run(ctx) })
		<-time.After(time.Second)
		want(t, "without a standby", chosen(t, g, (*replica.Reading).Anywhere), "primary")
		m := g.Add("b", 1)
		<-time.After(time.Second)
		want(t, "with a new standby", chosen(t, g, (*replica.Reading).Anywhere), "b")

		var before replica.Reading
		before.Anywhere()
		g.Choose(ctx, &before)
		if !g.Remove(m) || g.Remove(m) {
			t.Error("a standby is not removed once")
		}
		synctest.Wait()
		s.mu.Lock()
		asked := s.asked[1]
		s.mu.Unlock()
		log.Reset()
		g.Failed(m, "a statement failed") // that of the operation
		<-time.After(time.Second)
		want(t, "without the standby again", chosen(t, g, (*replica.Reading).Anywhere), "primary")
		want(t, "a token", chosen(t, g, from(1, 20)), "primary")
		synctest.Wait()
		s.mu.Lock()
		if s.asked[1] != asked || log.Len() > 0 {
			t.Errorf("one that has left was asked %d times more, and the log says %s", s.asked[1]-asked, log.String())
		}
		s.mu.Unlock()
		if got := g.Status(); len(got) != 1 || got[0].Name != "a" {
			t.Errorf("what is left: %+v", got)
		}
		if !before.Wanted() || before.Member() != m {
			t.Error("the operation of before was moved by nobody")
		}
		cancel()
		watch.Wait()
	})
}

// TestThePrimaryStays tries to remove a member before and after another one
// leads.
func TestThePrimaryStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, standby(1, 10), primary(1, 10))
		leader := g.Primary()
		if leader == nil || g.Remove(leader) {
			t.Fatalf("the primary %v was removed", leader)
		}
		s.set(primary(2, 20), nil)
		for range 2 {
			g.Look(t.Context())
		}
		if !g.Remove(leader) || g.Primary().Name != "a" {
			t.Error("a primary of before stays")
		}
	})
}

// TestMany has more standbys than the choice has room for without an
// allocation.
func TestMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := replica.New(replica.Options{Ask: func(_ context.Context, m *replica.Member) (replica.Sample, error) {
			return replica.Sample{Standby: m.Server != 0, Position: position.Position{Timeline: 1, LSN: 1}, System: "one"}, nil
		}})
		for i := range 41 {
			g.Add(string(rune('A'+i)), i)
		}
		g.Look(t.Context())
		g.Look(t.Context())
		seen := map[string]bool{}
		for range 2000 {
			seen[chosen(t, g, (*replica.Reading).Anywhere)] = true
		}
		if len(seen) != 40 || seen["primary"] {
			t.Errorf("%d of 40 standbys were read", len(seen))
		}
	})
}
