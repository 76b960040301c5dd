package replica_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
)

// servers are the servers that a group asks. A server without a sample does not
// answer.
type servers struct {
	mu      sync.Mutex
	samples []*replica.Sample
	asked   []int
	delay   time.Duration
}

func primary(timeline uint32, lsn uint64) *replica.Sample {
	return &replica.Sample{Position: position.Position{Timeline: timeline, LSN: lsn}, System: "one"}
}

func standby(timeline uint32, lsn uint64) *replica.Sample {
	s := primary(timeline, lsn)
	s.Standby = true
	return s
}

func (s *servers) set(samples ...*replica.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.samples = samples
}

func (s *servers) ask(_ context.Context, m *replica.Member) (replica.Sample, error) {
	i := m.Server.(int)
	s.mu.Lock()
	delay := s.delay
	s.mu.Unlock()
	if delay > 0 {
		<-time.After(delay)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[i]++
	if s.samples[i] == nil {
		return replica.Sample{}, errors.New("no answer")
	}
	return *s.samples[i], nil
}

var names = []string{"a", "b", "c"}

func group(t testing.TB, samples ...*replica.Sample) (*replica.Group, *servers) {
	t.Helper()
	s := &servers{samples: samples, asked: make([]int, len(samples))}
	g := newGroup(len(samples), replica.Options{Ask: s.ask})
	g.Look(t.Context())
	g.Look(t.Context())
	return g, s
}

// newGroup has n members, which are their own numbers.
func newGroup(n int, o replica.Options) *replica.Group {
	g := replica.New(o)
	for i := range n {
		g.Add(names[i], i)
	}
	return g
}

// chosen returns the name of what an operation reads.
func chosen(t testing.TB, g *replica.Group, want func(*replica.Reading)) string {
	t.Helper()
	var r replica.Reading
	want(&r)
	m, why := g.Choose(t.Context(), &r)
	if why == "" {
		t.Error("a choice has no reason")
	}
	if again, _ := g.Choose(t.Context(), &r); again != m {
		t.Error("a second statement of the operation goes elsewhere")
	}
	if m == nil {
		return "primary"
	}
	return m.Name
}

func from(timeline uint32, lsn uint64) func(*replica.Reading) {
	return func(r *replica.Reading) { r.From(position.Position{Timeline: timeline, LSN: lsn}) }
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s reads %s, want %s", what, got, want)
	}
}

func TestIntent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := group(t, primary(1, 10), standby(1, 10))
		want(t, "an operation of unknown intent", chosen(t, g, func(*replica.Reading) {}), "primary")
		if m, _ := g.Choose(t.Context(), nil); m != nil {
			t.Error("no operation at all reads a standby")
		}
		want(t, "a query", chosen(t, g, (*replica.Reading).Anywhere), "b")
		var r replica.Reading
		r.Anywhere()
		if m, _ := g.Choose(t.Context(), &r); m == nil {
			t.Fatal("no standby")
		}
		r.Move("it failed")
		if m, why := g.Choose(t.Context(), &r); m != nil || why != "it failed" {
			t.Errorf("after the move it reads %v: %s", m, why)
		}
	})
}

func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 10), standby(1, 10))
		for lsn := uint64(20); lsn <= 10_000; lsn += 20 { // much longer than the bound
			s.set(primary(1, lsn), standby(1, lsn-10)) // it has the data of 0.1 s before
			<-time.After(100 * time.Millisecond)
			g.Look(t.Context())
		}
		want(t, "with little lag", chosen(t, g, (*replica.Reading).Anywhere), "b")
		stuck := standby(1, 9990)
		for lsn := uint64(10_020); lsn <= 10_300; lsn += 20 {
			s.set(primary(1, lsn), stuck)
			<-time.After(100 * time.Millisecond)
			g.Look(t.Context())
		}
		want(t, "with a lag of 1.4 s", chosen(t, g, (*replica.Reading).Anywhere), "primary")
		s.set(primary(1, 10_300), standby(1, 10_300))
		g.Look(t.Context())
		want(t, "caught up", chosen(t, g, (*replica.Reading).Anywhere), "b")
		<-time.After(2 * time.Second)
		want(t, "with an answer of 2 s ago", chosen(t, g, (*replica.Reading).Anywhere), "primary")

		g, _ = group(t, primary(1, 10), standby(1, 5))
		want(t, "behind all that is known of the primary", chosen(t, g, (*replica.Reading).Anywhere), "primary")
	})
}

func TestPositions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 20), standby(1, 10), standby(1, 20))
		for range 20 {
			want(t, "a token", chosen(t, g, from(1, 15)), "c")
			want(t, "a signed-in reader", chosen(t, g, (*replica.Reading).Fresh), "c")
		}
		want(t, "a token of what nobody has", chosen(t, g, from(1, 30)), "primary")
		want(t, "a token of another timeline", chosen(t, g, from(2, 5)), "primary")
		want(t, "a token of an unknown position", chosen(t, g, func(r *replica.Reading) { r.From(position.Unknown) }), "primary")

		// One reaches the position while the reader waits.
		go func() {
			<-time.After(10 * time.Millisecond)
			s.set(primary(1, 40), standby(1, 10), standby(1, 40))
		}()
		start := time.Now()
		want(t, "a token that is waited for", chosen(t, g, from(1, 40)), "c")
		if took := time.Since(start); took < 10*time.Millisecond || took > 50*time.Millisecond {
			t.Errorf("it waited for %v", took)
		}
		start = time.Now()
		want(t, "a token that nobody reaches", chosen(t, g, from(1, 50)), "primary")
		if took := time.Since(start); took > 60*time.Millisecond {
			t.Errorf("it waited for %v", took)
		}
	})
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 10), standby(1, 10))
		look := func() { g.Look(t.Context()) }
		s.set(primary(1, 10), nil)
		look()
		want(t, "after one failure", chosen(t, g, (*replica.Reading).Anywhere), "b")
		look()
		want(t, "after two failures", chosen(t, g, (*replica.Reading).Anywhere), "primary")
		s.set(primary(1, 10), standby(1, 10))
		for n := range 3 {
			want(t, "after answers "+string(rune('0'+n)), chosen(t, g, (*replica.Reading).Anywhere), "primary")
			look()
		}
		want(t, "after three answers", chosen(t, g, (*replica.Reading).Anywhere), "b")

		var r replica.Reading
		r.Anywhere()
		m, _ := g.Choose(t.Context(), &r)
		g.Failed(m, "a statement failed")
		want(t, "after a failed statement", chosen(t, g, (*replica.Reading).Anywhere), "primary")
	})
}

func TestWhoIsNotRead(t *testing.T) {
	other := standby(1, 10)
	other.System = "two"
	for name, c := range map[string]struct {
		samples []*replica.Sample
		fault   string
	}{
		"another cluster":   {[]*replica.Sample{primary(1, 10), other}, "belongs to another cluster than the first database"},
		"an older timeline": {[]*replica.Sample{primary(2, 10), standby(1, 12)}, "follows timeline 1, but the cluster is on 2"},
		"a second primary":  {[]*replica.Sample{primary(2, 10), primary(1, 12)}, "takes writes on timeline 1, but the cluster is on 2: it is left over from before a promotion"},
		"an unknown timeline": {[]*replica.Sample{primary(2, 10), standby(0, 10)},
			"receives no log, and does not say on which timeline it is (which takes the right pg_read_all_stats)"},
	} {
		synctest.Test(t, func(t *testing.T) {
			g, _ := group(t, c.samples...)
			want(t, name, chosen(t, g, (*replica.Reading).Anywhere), "primary")
			if got := g.Status()[1].Fault; got != c.fault {
				t.Errorf("%s: %s", name, got)
			}
			if p := g.Primary(); p == nil || p.Name != "a" {
				t.Errorf("%s: the primary is %v", name, p)
			}
		})
	}
}

func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 20), standby(1, 20), standby(1, 18))
		s.set(nil, standby(0, 20), standby(0, 19)) // they receive nothing
		for range 3 {
			g.Look(t.Context())
			<-time.After(time.Second)
		}
		for range 20 {
			want(t, "signed in, without a primary", chosen(t, g, (*replica.Reading).Fresh), "b")
			want(t, "with a token, without a primary", chosen(t, g, from(1, 20)), "b")
		}
		if got := chosen(t, g, (*replica.Reading).Anywhere); got == "primary" {
			t.Error("anonymous readers are sent to a primary that is away")
		}
		s.set(nil, primary(2, 21), standby(0, 19))
		g.Look(t.Context())
		g.Look(t.Context())
		if p := g.Primary(); p == nil || p.Name != "b" {
			t.Fatalf("the primary is %v", p)
		}
		want(t, "beside a new primary that it does not follow", chosen(t, g, (*replica.Reading).Fresh), "primary")
		s.set(primary(1, 99), primary(2, 21), standby(2, 21)) // the old one comes back
		for range 3 {
			g.Look(t.Context())
		}
		if p := g.Primary(); p == nil || p.Name != "b" {
			t.Errorf("the primary is %v", p)
		}
		want(t, "after the failover", chosen(t, g, (*replica.Reading).Fresh), "c")
		want(t, "with a token of before", chosen(t, g, from(1, 20)), "primary")
	})
}

// TestIdentity has a primary of another cluster beside the right one, with
// their answers in each order.
func TestIdentity(t *testing.T) {
	foreign := primary(5, 99)
	foreign.System = "two"
	synctest.Test(t, func(t *testing.T) {
		s := &servers{samples: []*replica.Sample{nil, foreign}, asked: make([]int, 2)}
		g := newGroup(2, replica.Options{Ask: func(ctx context.Context, m *replica.Member) (replica.Sample, error) {
			if m.Server == 0 {
				<-time.After(time.Millisecond) // the foreign one answers first
			}
			return s.ask(ctx, m)
		}})
		s.set(primary(1, 10), foreign)
		g.Look(t.Context())
		if p := g.Primary(); p == nil || p.Name != "a" {
			t.Errorf("the primary is %v", p)
		}
		g.Look(t.Context())
		if got := g.Status()[1].Fault; got != "belongs to another cluster than the first database" {
			t.Errorf("the foreign one: %q", got)
		}

		// The first member is away at the start, and comes back.
		g, s = group(t, nil, foreign)
		s.set(primary(1, 10), foreign)
		g.Look(t.Context())
		g.Look(t.Context())
		if p := g.Primary(); p == nil || p.Name != "a" {
			t.Errorf("once the first is back, the primary is %v", p)
		}

		// After a failover the first member may be away forever.
		if g, _ = group(t, nil, primary(2, 10), standby(2, 10)); g.Primary() == nil || g.Primary().Name != "b" {
			t.Errorf("without the first, the primary is %v", g.Primary())
		}
		// If two members disagree, neither is believed.
		if g, _ = group(t, nil, standby(1, 10), foreign); g.Primary() != nil {
			t.Errorf("of strangers that disagree %s takes writes", g.Primary().Name)
		}
	})
}

// TestStandbysKnowOfAPromotion has an old primary that answers, while the new
// one cannot be reached.
func TestStandbysKnowOfAPromotion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 20), standby(1, 20), standby(1, 20))
		s.set(primary(1, 20), nil, standby(2, 30))
		for range 3 {
			g.Look(t.Context())
		}
		if p := g.Primary(); p != nil {
			t.Errorf("%s takes writes that will be lost", p.Name)
		}
		want(t, "without the new primary", chosen(t, g, (*replica.Reading).Anywhere), "c")
	})
}

// TestQuestionFollowsThePrimary keeps the question busy while the primary
// changes.
func TestQuestionFollowsThePrimary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 20), standby(1, 20), standby(1, 20))
		s.mu.Lock()
		s.delay = time.Millisecond
		s.mu.Unlock()
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				<-time.After(time.Duration(i) * 300 * time.Microsecond)
				for ctx.Err() == nil {
					var r replica.Reading
					r.Fresh()
					g.Choose(ctx, &r)
				}
			})
		}
		<-time.After(20 * time.Millisecond)
		s.set(primary(1, 20), primary(2, 30), standby(2, 30))
		for range 3 {
			g.Look(ctx)
		}
		s.mu.Lock()
		old := s.asked[0]
		s.mu.Unlock()
		<-time.After(50 * time.Millisecond)
		s.mu.Lock()
		if n := s.asked[0] - old; n > 1 {
			t.Errorf("the old primary was asked %d times after the promotion", n)
		}
		s.mu.Unlock()
		cancel()
		all.Wait()
		<-time.After(time.Second) // the last question ends by itself
	})
}

// TestSilentPrimary waits for a primary that does not answer, but only until
// that is known.
func TestSilentPrimary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 20), standby(1, 20))
		s.set(nil, standby(0, 20))
		g.Look(t.Context())
		g.Look(t.Context())
		s.mu.Lock()
		s.delay = time.Second
		s.mu.Unlock()
		start := time.Now()
		want(t, "signed in, with a silent primary", chosen(t, g, (*replica.Reading).Fresh), "b")
		if took := time.Since(start); took > 0 {
			t.Errorf("it waited for %v", took)
		}
	})
}

func TestLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := group(t, primary(1, 10), standby(1, 10), standby(1, 10))
		var r replica.Reading
		r.Anywhere()
		busy, _ := g.Choose(t.Context(), &r)
		busy.Begin()
		for range 20 {
			if got := chosen(t, g, (*replica.Reading).Anywhere); got == busy.Name {
				t.Fatal("the busier of two is read")
			}
		}
		busy.End()
		seen := map[string]int{}
		for range 100 {
			seen[chosen(t, g, (*replica.Reading).Anywhere)]++
		}
		if len(seen) != 2 {
			t.Errorf("reads went to %v", seen)
		}
	})
}

func TestSharedQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := group(t, primary(1, 10), standby(1, 10))
		s.mu.Lock()
		s.delay = time.Millisecond
		before := s.asked[0]
		s.mu.Unlock()
		var all sync.WaitGroup
		var wrong atomic.Int64
		for range 100 {
			all.Go(func() {
				var r replica.Reading
				r.Fresh()
				if m, _ := g.Choose(t.Context(), &r); m == nil {
					wrong.Add(1)
				}
			})
		}
		all.Wait()
		if n := s.asked[0] - before; n > 2 || n < 1 {
			t.Errorf("100 readers asked the primary %d times, want once, and once for those who came meanwhile", n)
		}
		if wrong.Load() > 0 {
			t.Errorf("%d of them read the primary", wrong.Load())
		}
	})
}

// TestPrimaryStandsStill has a primary that no longer answers but keeps its
// connections open. Before that is known, strangers read the standby that has
// come furthest.
func TestPrimaryStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		samples := []*replica.Sample{primary(1, 10), standby(1, 9), standby(1, 10)}
		var frozen atomic.Bool
		g := newGroup(3, replica.Options{MaxLag: 500 * time.Millisecond, Ask: func(ctx context.Context, m *replica.Member) (replica.Sample, error) {
			if m.Server == 0 && frozen.Load() {
				<-ctx.Done()
				return replica.Sample{}, ctx.Err()
			}
			return *samples[m.Server.(int)], nil
		}})
		g.Look(t.Context())
		g.Look(t.Context())
		frozen.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		var watch sync.WaitGroup
		watch.Go(func() { g.Run(ctx) })
		<-time.After(700 * time.Millisecond)
		var r replica.Reading
		r.Anywhere()
		if m, why := g.Choose(ctx, &r); m == nil || m.Server != 2 {
			t.Errorf("chose %v: %s", m, why)
		}
		cancel()
		watch.Wait()
		<-time.After(time.Minute) // the questions to it go on without their callers
	})
}

// BenchmarkChoose measures what the choice costs each statement.
func BenchmarkChoose(b *testing.B) {
	s := &servers{samples: []*replica.Sample{primary(1, 10), standby(1, 10), standby(1, 10)}, asked: make([]int, 3)}
	g := newGroup(3, replica.Options{Ask: s.ask, MaxLag: time.Hour})
	g.Look(b.Context())
	g.Look(b.Context())
	ctx := b.Context()
	for name, want := range map[string]func(*replica.Reading){"anonymous": (*replica.Reading).Anywhere, "token": from(1, 10)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var r replica.Reading
			for b.Loop() {
				r = replica.Reading{}
				want(&r)
				m, _ := g.Choose(ctx, &r)
				m.Begin()
				m.End()
			}
		})
	}
}

// TestAskedBefore asks the primary for an operation before that chooses. The
// primary is not asked again, and everything committed until then must be
// there.
func TestAskedBefore(t *testing.T) {
	var r replica.Reading
	r.Fresh()
	if _, ask := r.Need(); !ask {
		t.Error("nobody has asked, and nobody is to ask")
	}
	at := position.Position{Timeline: 1, LSN: 7}
	r.Latest(at)
	if need, ask := r.Need(); ask || need != at {
		t.Errorf("it needs %s, to be asked %v", need, ask)
	}
}
