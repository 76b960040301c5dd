package replica

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/weftql/weft/internal/position"
)

// Reading is the choice of one operation. It is made at the first statement and
// then kept, except for one possible move to the primary. The zero value reads
// the primary. Its methods are safe for concurrent use, but those that set what
// is wanted must be called before the first statement.
type Reading struct {
	wanted bool // a standby may be read
	fresh  bool // everything committed before must be seen
	need   position.Position

	mu     sync.Mutex
	latest position.Position // with fresh, the primary's position when asked; zero before
	chosen bool
	member *Member // nil: the primary
	why    string
}

// Anywhere lets the operation read a standby that is not far behind.
func (r *Reading) Anywhere() { r.wanted = true }

// Fresh lets the operation read a standby that has everything committed before.
func (r *Reading) Fresh() { r.wanted, r.fresh = true, true }

// From lets the operation read a standby that has reached a position.
func (r *Reading) From(p position.Position) { r.wanted, r.need = true, p }

// Wanted reports whether the operation may read a standby.
func (r *Reading) Wanted() bool { return r != nil && r.wanted }

// Need returns the position that the operation must see. ask reports that it is
// the current position of the primary, which has not been asked for yet.
func (r *Reading) Need() (p position.Position, ask bool) {
	if !r.fresh {
		return r.need, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.latest, r.latest.IsZero()
}

// Latest sets the primary's position, so that the primary need not be asked
// again for this operation.
func (r *Reading) Latest(p position.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.latest = p
}

// Member returns the chosen standby, or nil for the primary.
func (r *Reading) Member() *Member {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.member
}

// Move makes the operation read the primary from now on.
func (r *Reading) Move(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.chosen, r.member, r.why = true, nil, why
}

type readingKey struct{}

// NewContext returns a context whose statements read the database that r
// chooses.
func NewContext(ctx context.Context, r *Reading) context.Context {
	return context.WithValue(ctx, readingKey{}, r)
}

// Value returns r if FromContext would look for it under this key, or nil. It
// is for a context that carries it among other things.
func (r *Reading) Value(key any) any {
	if key == (readingKey{}) {
		return r
	}
	return nil
}

// FromContext returns the context's reading, or nil.
func FromContext(ctx context.Context) *Reading {
	r, _ := ctx.Value(readingKey{}).(*Reading)
	return r
}

var errNoPrimary = errors.New("no primary is known")

// The reasons for some choices, for GraphQL-Explain.
const (
	unknownIntent = "not known to be a query"
	noneServes    = "no replica serves"
)

// Choose returns the standby that the operation reads, or nil for the primary,
// and the reason. It may wait for a short time.
func (g *Group) Choose(ctx context.Context, r *Reading) (m *Member, why string) {
	if !r.Wanted() {
		return nil, unknownIntent
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.chosen {
		r.member, r.why = g.choose(ctx, r)
		r.chosen = true
	}
	return r.member, r.why
}

func (g *Group) choose(ctx context.Context, r *Reading) (*Member, string) {
	now := g.o.Now()
	if !r.fresh && r.need.IsZero() {
		if m := g.pick(func(s *Status) bool { return s.Behind+now.Sub(s.At) <= g.o.MaxLag }); m != nil {
			return m, "within the bound"
		}
		return g.orElse("no replica is within the bound")
	}
	serves := func(*Status) bool { return true }
	if g.pick(serves) == nil {
		return nil, noneServes
	}
	need, why := r.need, "has what the token names"
	if r.fresh {
		need, why = r.latest, "has what was committed before"
	}
	if r.fresh && need.IsZero() {
		if p := g.Primary(); p == nil || p.status.Load().Fault != "" {
			return g.orElse("no primary answers")
		}
		s, err := g.asked.Ask(ctx, func() (Sample, error) {
			p := g.Primary() // it may have changed since the first caller asked
			if p == nil {
				return Sample{}, errNoPrimary
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.o.Timeout)
			defer cancel()
			return g.o.Ask(ctx, p)
		})
		if err != nil && ctx.Err() != nil {
			return nil, "the request was over before the primary answered"
		}
		if err != nil || s.Standby {
			g.lost()
			return g.orElse("the primary does not answer")
		}
		need = s.Position
	}
	if m := g.pick(func(s *Status) bool { return s.Position.Reached(need) }); m != nil {
		return m, why
	}
	return g.await(ctx, need, why)
}

// await waits until a standby has reached a position. It tries one standby,
// then another, and then chooses the primary.
func (g *Group) await(ctx context.Context, need position.Position, why string) (*Member, string) {
	g.mu.Lock()
	timeline := g.timeline
	g.mu.Unlock()
	if timeline != 0 && need.Timeline != timeline {
		return nil, "the position is of another timeline"
	}
	ctx, cancel := context.WithTimeout(ctx, g.o.Wait)
	defer cancel()
	tried := make(map[*Member]bool, 2)
	for range 2 {
		m := g.pickMember(func(m *Member, _ *Status) bool { return !tried[m] })
		if m == nil {
			break
		}
		tried[m] = true
		if g.reaches(ctx, m, need) {
			return m, why
		}
	}
	return nil, "no replica reached the position in time"
}

// reaches asks a member until it has reached a position, for half of the
// remaining time.
func (g *Group) reaches(ctx context.Context, m *Member, need position.Position) bool {
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithTimeout(ctx, time.Until(deadline)/2)
	defer cancel()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for wait := 200 * time.Microsecond; ; wait *= 2 {
		s, err := g.sample(ctx, m)
		if err != nil {
			return false
		}
		if s.Standby && s.Position.Reached(need) {
			return true
		}
		pause.Reset(wait)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return false
		}
	}
}

// lost records that the primary does not answer, until it answers again.
func (g *Group) lost() {
	g.mu.Lock()
	g.alive = false
	g.mu.Unlock()
	g.Wake()
}

// orElse is the primary, if it answers. Otherwise it is the standby that has
// come furthest, so that reads go on.
func (g *Group) orElse(why string) (*Member, string) {
	g.mu.Lock()
	alive := g.alive
	g.mu.Unlock()
	var best *Member
	var at position.Position
	var asked time.Time // when the last standby that answered was
	for _, m := range g.Members() {
		s := m.status.Load()
		if !s.Standby || s.Fault != "" {
			continue
		}
		if best == nil || s.Position.Compare(at) > 0 {
			best, at = m, s.Position
		}
		if s.At.After(asked) {
			asked = s.At
		}
	}
	// A primary that hangs while standbys answer makes them look as if they
	// were behind, and would block a read until its request is over. alive does
	// not show this until the question to the primary has timed out.
	if p := g.Primary(); alive && (p == nil || asked.Sub(p.status.Load().At) <= g.o.MaxLag/2) {
		return nil, why
	}
	if best == nil {
		return nil, why
	}
	return best, "the primary is away, and this replica has come furthest"
}

func (g *Group) pick(fits func(*Status) bool) *Member {
	return g.pickMember(func(_ *Member, s *Status) bool { return fits(s) })
}

// pickMember takes two standbys at random from those that serve and fit, and
// returns the less busy one; nil if there is none.
func (g *Group) pickMember(fits func(*Member, *Status) bool) *Member {
	var room [16]*Member // more take an allocation
	found := room[:0]
	for _, m := range g.Members() {
		if s := m.status.Load(); s.Standby && s.Fault == "" && fits(m, s) {
			found = append(found, m)
		}
	}
	switch n := len(found); n {
	case 0:
		return nil
	case 1:
		return found[0]
	default:
		i := rand.IntN(n)
		j := rand.IntN(n - 1)
		if j >= i {
			j++
		}
		if found[j].flight.Load() < found[i].flight.Load() {
			i = j
		}
		return found[i]
	}
}
