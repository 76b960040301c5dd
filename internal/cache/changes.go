package cache

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
)

// Changes knows what has changed, and where in the log. Its methods are safe
// for concurrent use.
type Changes struct {
	feed *feed.Feed
	db   *database.Database

	mu     sync.RWMutex // held while an event is recorded
	places places
	all    uint64            // where the last change of unknown extent ends
	last   position.Position // of the last event
	latest uint32            // the transaction of the last event
	told   told
	whole  bool
	epoch  uint64 // raised by each cut, and by each change of unknown extent

	deaf []func(feed.Change) bool
}

// New returns the changes of a database that a feed reports, from now on. A
// change for which one of deaf returns true is ignored: with that a test that
// looks for stale answers checks that it finds some.
func New(db *database.Database, f *feed.Feed, deaf ...func(feed.Change) bool) *Changes {
	c := &Changes{deaf: deaf, feed: f, db: db, places: newPlaces()}
	f.Subscribe(c.hear)
	return c
}

// hear records an event.
func (c *Changes) hear(e feed.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := e.Position.LSN
	switch {
	case e.Kind == feed.Cut:
		c.whole = false
		c.epoch++
		return
	case e.Kind == feed.Whole:
		c.whole, c.all = true, at
		c.told.forget()
	case e.All:
		c.all = at
		c.epoch++
	}
	c.last, c.latest = e.Position, e.XID
	if e.XID != 0 {
		c.told.add(transaction{at, e.XID})
	}
	for _, change := range e.Changes {
		if slices.ContainsFunc(c.deaf, func(ignores func(feed.Change) bool) bool { return ignores(change) }) {
			continue
		}
		for _, k := range keysOf(change) {
			c.places.change(k, at)
		}
	}
}

// Valid reports whether none of the keys has changed since a stamp was given.
// It is false while changes are missed.
func (c *Changes) Valid(s Stamp, keys []depend.Key) bool {
	_, ok := c.ValidAt(s, keys)
	return ok
}

// ValidAt is Valid that also returns the place in the log up to which all
// changes were heard by then.
func (c *Changes) ValidAt(s Stamp, keys []depend.Key) (heard uint64, ok bool) {
	c.mu.RLock()
	known := c.whole && s.epoch == c.epoch && s.At.Timeline == c.last.Timeline
	heard = c.last.LSN
	c.mu.RUnlock()
	if !known {
		return 0, false
	}
	for _, k := range keys {
		if c.places.changed(k, s.At.LSN) {
			return 0, false
		}
	}
	return heard, true
}

// Adopt returns the stamp of something that another instance read and that was
// valid at a position, if this instance knows all changes since then.
func (c *Changes) Adopt(at position.Position) (s Stamp, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.whole || at.Timeline != c.last.Timeline || at.LSN < c.all {
		return s, false
	}
	return Stamp{at, c.epoch}, true
}

// Whole reports whether all changes are heard.
func (c *Changes) Whole() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.whole
}

// Reached waits until all changes up to a position are heard. It returns an
// error if that takes longer than reachTimeout.
func (c *Changes) Reached(ctx context.Context, need position.Position) error {
	if err := c.feed.Look(ctx); err != nil {
		return err
	}
	if need.IsZero() {
		if !c.Whole() {
			return feed.ErrCut
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	return c.feed.Wait(ctx, need)
}

// reachTimeout is how long a reader waits for changes that the feed has not
// reported yet, before it reads the database instead.
const reachTimeout = 20 * time.Millisecond

// Heard waits until all changes that the reads of an operation must see are
// heard. It returns an error if that takes too long.
func (c *Changes) Heard(ctx context.Context, r *replica.Reading) error {
	need, ask := r.Need()
	if ask {
		var err error
		if need, err = c.db.Latest(ctx); err != nil {
			return err
		}
		r.Latest(need)
	}
	return c.Reached(ctx, need)
}

// keysOf returns the keys that a change touches.
func keysOf(c feed.Change) []depend.Key {
	if c.Op == "" {
		return []depend.Key{depend.Whole(c.Table), depend.Table(c.Table)}
	}
	keys := make([]depend.Key, 0, 8)
	keys = append(keys, depend.Table(c.Table))
	if id, err := uuid.Parse(c.ID); err == nil {
		keys = append(keys, depend.Row(c.Table, id))
		if c.Op != feed.Update || len(c.Columns) != 1 || c.Columns[0] != feed.Counter(c.Table) {
			keys = append(keys, depend.Rest(c.Table, id))
		}
	} else if c.Op != feed.Insert {
		keys = append(keys, depend.AnyRow(c.Table))
	}
	columns := []string{""} // the row was added or removed
	if c.Op == feed.Update {
		columns = c.Columns
	}
	for _, column := range columns {
		keys = append(keys, depend.All(c.Table, column))
		for _, ref := range feed.ForeignKeys(c.Table) {
			switch parent, some := c.Refs[ref]; {
			case c.Refs != nil && !some: // NULL: below no parent
			default:
				if id, err := uuid.Parse(parent); err == nil {
					keys = append(keys, depend.Under(c.Table, ref, id, column))
				} else {
					keys = append(keys, depend.UnderAny(c.Table, ref, column))
				}
			}
		}
	}
	// A row that changed its parent has left one list and joined another.
	for _, column := range c.Columns {
		if slices.Contains(feed.ForeignKeys(c.Table), column) {
			keys = append(keys, depend.All(c.Table, ""), depend.UnderAny(c.Table, column, ""))
		}
	}
	return keys
}
