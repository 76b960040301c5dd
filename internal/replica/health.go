package replica

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/weftql/weft/internal/position"
)

const (
	// maxFailures is how many questions in a row must fail before a member is
	// no longer read.
	maxFailures = 2
	// enough is how many answers in a row let it serve again.
	enough = 3
)

var errGone = errors.New("it is no member any more")

// observe records what a member answered at a time, or its error. It returns
// the sample, with the last known timeline if the sample has none.
func (g *Group) observe(m *Member, at time.Time, s Sample, err error) (Sample, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.gone() {
		return s, errGone
	}
	m.heard = true
	if err != nil {
		m.failures++
		m.successes = 0
		if m.failures >= maxFailures {
			g.judge(m, "does not answer")
		}
		if m == g.Primary() {
			g.alive = false
		}
		return s, err
	}
	m.failures = 0
	m.successes++
	if s.Position.Timeline == 0 && s.Started.Equal(m.known.Started) && s.Position.LSN >= m.known.Position.LSN {
		// It receives nothing, for example because the primary is gone, so it
		// stays on its timeline.
		s.Position.Timeline = m.known.Position.Timeline
	}
	if m.known.System != "" && m.known.Standby != s.Standby && g.o.Changed != nil {
		g.o.Changed(m)
	}
	m.known = s
	g.identify(m)
	if s.Standby && s.System == g.system && s.Position.Timeline > g.timeline {
		// There was a promotion. The known primary, if it answers at all, is
		// left over from before.
		g.timeline, g.trail = s.Position.Timeline, nil
		if g.Primary() != nil {
			g.depose("database is left over from before a promotion")
		}
	}
	if !s.Standby {
		g.lead(m, at, s)
	} else if m == g.Primary() {
		g.depose("database is no primary any more")
	}
	old := m.status.Load()
	m.status.Store(&Status{
		Name: m.Name, Standby: s.Standby, Position: s.Position, At: at, Behind: g.behind(at, s.Position), Fault: old.Fault,
	})
	if g.system == "" {
		return s, errors.New("the cluster is not known yet")
	}
	g.judge(m, g.fault(m, s))
	if fault := m.status.Load().Fault; fault != "" && s.Standby {
		return s, errors.New(fault)
	}
	return s, nil
}

// identify takes the identity of the cluster from the first member. While the
// first does not answer, the identity is the one on which all the others that
// answer agree, once each of them has been asked.
func (g *Group) identify(m *Member) {
	first := g.Members()[0]
	switch {
	case m == first:
		if g.system == m.known.System {
			return
		}
		if g.system != "" {
			g.depose("database belongs to another cluster")
			g.timeline, g.trail = 0, nil
		}
		g.system = m.known.System
	case g.system == "":
		for _, other := range g.Members() {
			if s := other.known.System; !other.heard || s != "" && s != m.known.System {
				return
			}
		}
		g.system = m.known.System
	}
}

// depose leaves the group without a primary.
func (g *Group) depose(why string) {
	if p := g.Primary(); p != nil {
		g.o.Logger.Warn(why, "database", p.Name)
	}
	g.primary.Store(nil)
	g.alive = false
}

// lead makes a member that is not a standby the primary, unless it is of
// another cluster or the cluster is on a later timeline: then the member is
// left over from before a promotion.
func (g *Group) lead(m *Member, at time.Time, s Sample) {
	switch {
	case s.System != g.system || s.Position.Timeline < g.timeline:
		if m == g.Primary() {
			g.depose("database is no primary any more")
		}
		return
	case m != g.Primary():
		if p := g.Primary(); p != nil && s.Position.Timeline == g.timeline && g.alive {
			return // the same server under two names
		}
		g.primary.Store(m)
		g.o.Logger.Info("database is the primary", "database", m.Name, "timeline", s.Position.Timeline)
	}
	if s.Position.Timeline != g.timeline {
		g.trail = nil
	}
	g.timeline, g.alive = s.Position.Timeline, true
	if n := len(g.trail); n > 0 && g.trail[n-1].lsn >= s.Position.LSN {
		// Nothing was written since: a reader that has reached this position
		// sees the current data.
		if g.trail[n-1].lsn == s.Position.LSN && at.After(g.trail[n-1].at) {
			g.trail[n-1].at = at
		}
		return
	}
	if len(g.trail) == maxTrail {
		for i := range maxTrail / 2 { // older marks may be coarser
			g.trail[i] = g.trail[2*i+1]
		}
		g.trail = g.trail[:maxTrail/2]
	}
	g.trail = append(g.trail, mark{at, s.Position.LSN})
}

// tooFar is for positions before all the marks. It leaves room to add to it.
const tooFar = time.Duration(math.MaxInt64 / 2)

// behind is how old the data at p may be: the time since the primary was last
// seen at p or before. While the primary is away, it is how far p was behind
// the last position seen of the primary.
func (g *Group) behind(now time.Time, p position.Position) time.Duration {
	if len(g.trail) == 0 {
		return 0 // no primary was seen yet
	}
	after := sort.Search(len(g.trail), func(i int) bool { return g.trail[i].lsn > p.LSN })
	if after == 0 {
		return tooFar
	}
	if !g.alive {
		now = g.trail[len(g.trail)-1].at
	}
	return max(now.Sub(g.trail[after-1].at), 0)
}

// fault is the reason why a member that answers must not be read, or "".
func (g *Group) fault(m *Member, s Sample) string {
	if s.System != g.system {
		return "belongs to another cluster than the first database"
	}
	switch p := g.Primary(); {
	case !s.Standby && m != p && s.Position.Timeline < g.timeline:
		return fmt.Sprintf("takes writes on timeline %d, but the cluster is on %d: it is left over from before a promotion", s.Position.Timeline, g.timeline)
	case !s.Standby && m != p:
		return "takes writes, but is not the primary"
	case s.Standby && g.timeline != 0 && s.Position.Timeline == 0:
		return "receives no log, and does not say on which timeline it is (which takes the right pg_read_all_stats)"
	case s.Standby && g.timeline != 0 && s.Position.Timeline != g.timeline:
		return fmt.Sprintf("follows timeline %d, but the cluster is on %d", s.Position.Timeline, g.timeline)
	}
	return ""
}

// judge sets a member's fault. With "" the member serves again once it has
// answered often enough.
func (g *Group) judge(m *Member, fault string) {
	old := m.status.Load()
	switch {
	case fault != "":
		m.successes = 0
		m.broken = true
	case m.broken && m.successes < enough && old.Fault != "not asked yet":
		fault = old.Fault
	default:
		m.broken = false
	}
	if fault == old.Fault {
		return
	}
	changed := *old
	changed.Fault = fault
	m.status.Store(&changed)
	if fault == "" {
		g.o.Logger.Info("database serves", "database", m.Name, "standby", changed.Standby)
	} else {
		g.o.Logger.Warn("database does not serve", "database", m.Name, "reason", fault)
	}
}
