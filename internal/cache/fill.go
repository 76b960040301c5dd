package cache

import (
	"context"
	"slices"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/feed"
)

// Fill is a read whose result will be kept.
type Fill struct {
	c     *Changes
	epoch uint64
	told  uint64         // up to there changes were told when it began
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
	f.told = start.LSN
	var err error
	if f.floor, err = c.db.Floor(ctx, &c.snapshots, latest); err != nil {
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
//
// What was kept from before was valid by the changes that had been told when it
// was taken. A change that was told since may be missing in it, even if the
// reads saw that change.
func (f *Fill) End(ctx context.Context, read depend.Noted) (s Stamp, ok bool) {
	if f == nil || !f.c.db.Held(ctx, f.floor) || slices.ContainsFunc(read.Tables, untold) {
		return s, false
	}
	c := f.c
	at := c.feed.Status().Applied // all changes up to there are heard
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.whole || c.epoch != f.epoch || at.Timeline != c.last.Timeline {
		return s, false
	}
	saw := f.floor.Position.LSN
	if f.floor.Snapshot.Taken() {
		saw = c.told.seen(f.floor.Snapshot)
	}
	if read.Kept {
		saw = min(saw, f.told)
	}
	if c.all > saw {
		return s, false
	}
	for _, k := range read.Keys {
		if c.lsn[uint64(k)%slots].Load() > saw {
			return s, false
		}
	}
	return Stamp{at, c.epoch}, true
}

func untold(table string) bool { return !feed.Tells(table) }
