// Package replica chooses which of several databases an operation reads. It
// holds the members, what is known of each (its role, its position, whether it
// answers), and the choice of one operation.
//
// It runs no statement: internal/database asks the members, and reads from the
// one that was chosen. What a position says is in internal/position.
package replica

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/position"
)

// Sample is what a member says about itself.
type Sample struct {
	Standby bool

	// Position is how far a standby has replayed the log, or what the primary
	// has flushed. A standby that receives nothing does not know its timeline;
	// it is then 0.
	Position position.Position

	// System is the identifier that only a primary and its standbys have in
	// common.
	System string

	// Started is when the server started.
	Started time.Time
}

// Options configures a Group. Ask is required.
type Options struct {
	// Ask gets a sample from a member.
	Ask func(ctx context.Context, m *Member) (Sample, error)

	// MaxLag is how far a standby may lag behind for readers who need no
	// position. Default: 1 second.
	MaxLag time.Duration

	// Wait bounds how long a reader waits for a standby to reach the position
	// that it needs, before it reads the primary. Default: 50 milliseconds.
	Wait time.Duration

	// Every is how often each member is asked. Default: 100 milliseconds.
	Every time.Duration

	// Timeout bounds one question. Default: 1 second.
	Timeout time.Duration

	// Changed is called when a member has become a primary or a standby. It
	// must be quick. Default: nothing is called.
	Changed func(m *Member)

	// Logger logs when a member's state changes. Default: nothing is logged.
	Logger *slog.Logger

	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.MaxLag <= 0 {
		o.MaxLag = time.Second
	}
	if o.Wait <= 0 {
		o.Wait = 50 * time.Millisecond
	}
	if o.Every <= 0 {
		o.Every = 100 * time.Millisecond
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Group is a primary and its standbys; it finds out which member is which.
type Group struct {
	o       Options
	members atomic.Pointer[[]*Member] // the slice is never changed, but replaced
	joined  chan struct{}             // has a value when Run has a new member to watch
	primary atomic.Pointer[Member]    // nil while no member takes writes

	mu       sync.Mutex // guards what follows, and the members' guarded fields
	system   string     // of the cluster; "" while it is not known
	timeline uint32     // the latest one seen
	trail    []mark     // positions of the primary, the oldest first
	alive    bool       // the primary answered the last question

	asked Question[Sample] // from readers, to the primary
}

// mark is the position of the primary at a time.
type mark struct {
	at  time.Time
	lsn uint64
}

// maxTrail bounds the number of marks.
const maxTrail = 256

// Member is one database.
type Member struct {
	Name   string
	Server any // what Add was given; only the caller looks at it

	flight  atomic.Int64 // reads under way
	status  atomic.Pointer[Status]
	wake    chan struct{}
	left    chan struct{} // closed by Remove
	watched bool          // for Run alone
	asked   Question[Sample]

	// Guarded by the group's mutex.
	failures, successes int
	broken              bool
	heard               bool // it has answered or failed
	known               Sample
}

// Status is what is known about a member.
type Status struct {
	Name     string
	Standby  bool
	Position position.Position
	At       time.Time // when it was asked
	Behind   time.Duration

	// Fault is the reason why it is not read; "" for a member that serves.
	Fault string
}

// New returns a group without members.
func New(o Options) *Group {
	g := &Group{o: o.withDefaults(), joined: make(chan struct{}, 1), asked: Question[Sample]{Rest: PrimaryRest}}
	g.members.Store(new([]*Member))
	return g
}

// Add makes a server a member, which has not been asked yet. The first one says
// which cluster it is, and must not be removed.
func (g *Group) Add(name string, server any) *Member {
	m := &Member{Name: name, Server: server, wake: make(chan struct{}, 1), left: make(chan struct{}), broken: true}
	m.status.Store(&Status{Name: name, Fault: "not asked yet"})
	g.mu.Lock()
	all := append(slices.Clone(g.Members()), m)
	g.members.Store(&all)
	g.mu.Unlock()
	select {
	case g.joined <- struct{}{}:
	default:
	}
	return m
}

// Remove takes a member out for good: it is not asked or chosen again. A member
// that is the primary stays, so that writes go on; then Remove returns false.
func (g *Group) Remove(m *Member) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m == g.Primary() || m.gone() {
		return false
	}
	all := slices.DeleteFunc(slices.Clone(g.Members()), func(other *Member) bool { return other == m })
	g.members.Store(&all)
	last := *m.status.Load() // for those who are choosing among the members of before
	last.Fault = "has left"
	m.status.Store(&last)
	close(m.left)
	return true
}

// Members returns all members in the order in which they were added. The slice
// must not be changed.
func (g *Group) Members() []*Member { return *g.members.Load() }

// Primary returns the member that takes writes, or nil.
func (g *Group) Primary() *Member { return g.primary.Load() }

// Status returns what is known about each member.
func (g *Group) Status() []Status {
	members := g.Members()
	all := make([]Status, len(members))
	for i, m := range members {
		all[i] = *m.status.Load()
		if m == g.Primary() {
			all[i].Standby = false
		}
	}
	return all
}

// Status returns what is known about the member.
func (m *Member) Status() Status { return *m.status.Load() }

// gone reports whether the member was removed.
func (m *Member) gone() bool {
	select {
	case <-m.left:
		return true
	default:
		return false
	}
}

// Begin counts a read that goes to the member. Call End when it is over.
func (m *Member) Begin() { m.flight.Add(1) }

// End is Begin's counterpart.
func (m *Member) End() { m.flight.Add(-1) }

// Run asks all members again and again until ctx ends. It is called once.
func (g *Group) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		for _, m := range g.Members() {
			if !m.watched {
				m.watched = true
				all.Go(func() { g.watch(ctx, m) })
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-g.joined:
		}
	}
}

func (g *Group) watch(ctx context.Context, m *Member) {
	tick := time.NewTicker(g.o.Every)
	defer tick.Stop()
	for {
		_, _ = g.sample(ctx, m) // the sample is kept, or counted as a failure
		select {
		case <-ctx.Done():
			return
		case <-m.left:
			return
		case <-tick.C:
		case <-m.wake:
		}
	}
}

// Look asks all members once, and returns when each has answered or failed.
func (g *Group) Look(ctx context.Context) {
	var all sync.WaitGroup
	for _, m := range g.Members() {
		all.Go(func() {
			_, _ = g.sample(ctx, m) // as in watch
		})
	}
	all.Wait()
}

// Failed records that a statement failed through the member's fault: the member
// serves nothing until it has answered some questions.
func (g *Group) Failed(m *Member, why string) {
	g.mu.Lock()
	if !m.gone() {
		m.failures, m.successes = maxFailures, 0
		g.judge(m, why)
	}
	g.mu.Unlock()
	g.Wake()
}

// Wake makes the group ask all members at once, for example after a failure
// that may mean that roles have changed.
func (g *Group) Wake() {
	for _, m := range g.Members() {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
}

// sample asks a member, once for all callers who ask at the same time.
func (g *Group) sample(ctx context.Context, m *Member) (Sample, error) {
	return m.asked.Ask(ctx, func() (Sample, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.o.Timeout)
		defer cancel()
		at := g.o.Now()
		s, err := g.o.Ask(ctx, m)
		return g.observe(m, at, s, err)
	})
}
