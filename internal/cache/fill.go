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

// Fill is a read whose result will be kept.
type Fill struct {
	c     *Changes
	epoch uint64
	floor database.Floor // what the read sees at least
}

// Start begins to read something that may be kept. It first finds out what the
// reads of the operation in ctx see at least: on the primary a snapshot taken
// before them, on a standby the position that it had replayed before them. It
// returns nil if nothing can be kept.
func (c *Changes) Start(ctx context.Context) *Fill {
	c.mu.RLock()
	f := &Fill{c: c, epoch: c.epoch}
	whole, start, latest := c.whole, c.last, c.latest
	c.mu.RUnlock()
	if !whole {
		return nil
	}
	var err error
	if f.floor, err = c.db.Floor(ctx, latest); err != nil {
		return nil // it is read, but not kept
	}
	switch {
	case c.db.Dialect() == dialect.SQLite:
		f.floor.Position = start // a commit is visible before it is reported
	case f.floor.Position.Timeline != start.Timeline:
		return nil
	}
	return f
}

// End returns the stamp of what was read, if it may be kept. It may be kept if
// the feed reports all that it depends on, and the reads saw the last change of
// each. A change that is reported from now on has a later position.
func (f *Fill) End(ctx context.Context, read depend.Noted) (s Stamp, ok bool) {
	return f.Read(ctx).Stamp(read)
}

// Read ends the reads of things that are kept apart from one another; its Stamp
// is End for each of them.
func (f *Fill) Read(ctx context.Context) Read {
	if f == nil || !f.c.db.Held(ctx, f.floor) {
		return Read{}
	}
	c := f.c
	at := c.feed.Status().Applied // all changes up to there are heard
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.whole || c.epoch != f.epoch || at.Timeline != c.last.Timeline {
		return Read{}
	}
	saw := f.floor.Position.LSN
	if f.floor.Snapshot.Taken() {
		saw = c.told.seen(f.floor.Snapshot)
	}
	if c.all > saw {
		return Read{}
	}
	return Read{c, Stamp{at, c.epoch}, saw}
}

// Read is what reads that have ended saw. A change that is reported after that
// has a later position than its stamp.
type Read struct {
	c     *Changes // nil: nothing is kept
	stamp Stamp
	saw   uint64 // all reported changes up to there
}

// Stamp returns the stamp of something that was read, if it may be kept. What
// is made of kept things does not have what was heard after they were taken,
// also if the statements beside them saw it.
func (r Read) Stamp(read depend.Noted) (s Stamp, ok bool) {
	if r.c == nil || slices.ContainsFunc(read.Tables, untold) {
		return s, false
	}
	saw := r.saw
	if read.Since != 0 {
		saw = min(saw, read.Since)
	}
	for _, k := range read.Keys {
		if r.c.places.changed(k, saw) {
			return s, false
		}
	}
	return r.stamp, true
}

// Held reports whether the operation in ctx has read where Start said.
func (f *Fill) Held(ctx context.Context) bool { return f.c.db.Held(ctx, f.floor) }

// Covers reports whether an operation that came before Start, and must see all
// up to a position, may have what was read. Reads of the primary see all that
// was committed before them; a standby has to have replayed it.
func (f *Fill) Covers(need position.Position) bool {
	return !f.floor.OnStandby() || need.IsZero() || f.floor.Position.Reached(need)
}

func untold(table string) bool { return !feed.Tells(table) }
