package cache

import (
	"context"
	"slices"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/position"
)

// Fill is something that is read to be kept.
type Fill struct {
	c     *Changes
	epoch uint64
	start position.Position // of the last event that was heard
	floor database.Floor    // what the read sees at least
}

// Start begins to read something that may be kept. It asks first what the reads
// of the operation in ctx will see at least: on the primary a snapshot that was
// taken before, on a standby the position that it had replayed before. It
// returns nil where nothing can be kept.
func (c *Changes) Start(ctx context.Context) *Fill {
	c.mu.RLock()
	f := &Fill{c: c, epoch: c.epoch, start: c.last}
	whole, last := c.whole, c.latest
	c.mu.RUnlock()
	if !whole {
		return nil
	}
	var err error
	if f.floor, err = c.db.Floor(ctx, &c.snapshots, last); err != nil {
		return nil // it is read and not kept
	}
	switch {
	case c.db.Dialect() == dialect.SQLite:
		f.floor.Position = f.start // a commit is seen before it is told
	case f.floor.Position.Timeline != f.start.Timeline:
		return nil
	}
	return f
}

// End returns the stamp of what was read, if it may be kept: if the reads saw
// the last change of all that they depend on, of which the feed tells. A change
// that is told from now on has a later position.
func (f *Fill) End(ctx context.Context, read depend.Noted) (s Stamp, ok bool) {
	if f == nil || !f.c.db.Held(ctx, f.floor) || slices.ContainsFunc(read.Tables, untold) {
		return s, false
	}
	c := f.c
	at := c.feed.Status().Applied // all up to there was heard
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.whole || c.epoch != f.epoch || at.Timeline != c.last.Timeline || !f.saw(c.all) {
		return s, false
	}
	for _, k := range read.Keys {
		i := uint64(k) % slots
		if !f.saw(mark{c.lsn[i].Load(), c.xid[i].Load()}) {
			return s, false
		}
	}
	return Stamp{at, c.epoch}, true
}

func untold(table string) bool { return !feed.Tells(table) }

// saw reports whether the reads saw a transaction that the feed told of.
func (f *Fill) saw(m mark) bool {
	if m.lsn <= f.floor.Position.LSN {
		return true
	}
	return f.floor.Snapshot.Sees(m.xid)
}
