package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/position"
)

// Feed tells its subscribers what transactions changed. Its methods are safe for
// concurrent use.
type Feed struct {
	logger *slog.Logger
	file   fileWatch // on SQLite

	mu          sync.Mutex
	subscribers []func(Event)
	status      Status
	moved       chan struct{} // closed when the status changes; nil if no one waits
	nudge       func()        // makes the reader ask the server for its position
}

// Status is the state of the feed.
type Status struct {
	// Applied is the position up to which all changes have been reported.
	Applied position.Position

	// Whole reports whether no changes are missed. Fault says why some are; it
	// is "" at the start.
	Whole bool
	Fault string

	// Delay is how long after its commit the last transaction was reported. It
	// is for PostgreSQL, and correct if its clock agrees with this machine's.
	Delay time.Duration

	// Transactions and Cuts count since the start.
	Transactions, Cuts int
}

// New returns a feed, which Run starts. The options of its database must have
// Encode as Message, and the feed's Committing and Committed.
func New(logger *slog.Logger) *Feed { return &Feed{logger: logger} }

// Subscribe makes the feed call fn with each event from now on, one after the
// other. fn must be quick and must not call the feed. If the feed is whole
// already, fn gets a Whole event at once.
func (f *Feed) Subscribe(fn func(Event)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subscribers = append(f.subscribers, fn)
	if f.status.Whole {
		fn(Event{Kind: Whole, Position: f.status.Applied})
	}
}

// Status returns the state of the feed.
func (f *Feed) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// ErrCut is the error of a wait while changes are missed.
var ErrCut = errors.New("the change feed is cut")

// Wait returns when all changes up to p have been reported. It fails with
// ErrCut while the feed is not whole or if p is of another timeline, and with
// the context's error.
func (f *Feed) Wait(ctx context.Context, p position.Position) error {
	for {
		f.mu.Lock()
		at, whole, nudge := f.status.Applied, f.status.Whole, f.nudge
		if f.moved == nil {
			f.moved = make(chan struct{})
		}
		moved := f.moved
		f.mu.Unlock()
		switch {
		case !whole || at.Timeline != p.Timeline && !p.IsZero():
			return ErrCut
		case at.Reached(p):
			return nil
		}
		if nudge != nil {
			nudge()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// Run reads changes until ctx ends.
func (f *Feed) Run(ctx context.Context, db *database.Database) {
	if db.Dialect() == dialect.SQLite {
		f.watchFile(ctx, db)
		return
	}
	f.followLog(ctx, db)
}

// publish reports an event, and advances to its position.
func (f *Feed) publish(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Kind == Changed {
		f.status.Transactions++
		if !e.Committed.IsZero() {
			f.status.Delay = max(time.Since(e.Committed), 0)
		}
	}
	f.status.Applied = e.Position
	if e.Kind == Whole {
		f.status.Whole, f.status.Fault = true, ""
	}
	for _, fn := range f.subscribers {
		fn(e)
	}
	f.wake()
}

// advance advances to a position before which nothing else was committed.
func (f *Feed) advance(p position.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.Compare(f.status.Applied) > 0 {
		f.status.Applied = p
		f.wake()
	}
}

// cut reports that changes are missed from now on.
func (f *Feed) cut(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nudge = nil
	f.status.Fault = why
	if !f.status.Whole {
		return
	}
	f.status.Whole = false
	f.status.Cuts++
	for _, fn := range f.subscribers {
		fn(Event{Kind: Cut, Position: f.status.Applied})
	}
	f.wake()
}

// wake makes the waiting callers check again. The mutex must be held.
func (f *Feed) wake() {
	if f.moved != nil {
		close(f.moved)
		f.moved = nil
	}
}

// pause waits for d, or returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
