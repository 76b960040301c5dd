// Package rowcache keeps rows under the loaders: those that are read by their
// ids and that everybody sees, until something changes in them. It keeps them
// in the process, and in Redis for all instances. What has changed is in
// internal/cache. docs/caching.md is the manual.
package rowcache

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/row"
)

// Options configures New.
type Options struct {
	// Changes knows which rows are still valid. It must not be nil.
	Changes *cache.Changes

	// Bytes bounds the rows in the process.
	Bytes int

	// Shared is asked for rows that are not in the process. Default: there is
	// none.
	Shared *rediscache.Cache
}

// Cache keeps rows. Its methods are safe for concurrent use.
type Cache struct {
	changes *cache.Changes
	kept    *otter.Cache[key, *entry]
	shared  *rediscache.Cache // nil if there is none

	hits, misses, borrowed, evicted atomic.Int64
}

type key struct {
	table string
	id    row.Key // of the row, or of a list's parent
	list  any     // nil: it is a row
}

// entry is one row, or what was read of a list, with what it depends on.
type entry struct {
	row     any // pointer to the entity, or what was read; nobody changes it
	columns row.Columns
	stamp   cache.Stamp
	depends []depend.Key
	tables  []string // of a list
	bytes   int
}

// overhead is what an entry takes beside its row, in bytes.
const overhead = 240

// New returns a cache.
func New(o Options) *Cache {
	c := &Cache{changes: o.Changes, shared: o.Shared}
	c.kept = otter.Must(&otter.Options[key, *entry]{
		MaximumWeight: uint64(o.Bytes),
		Weigher:       func(_ key, e *entry) uint32 { return uint32(min(overhead+e.bytes, 1<<31)) },
		OnAtomicDeletion: func(e otter.DeletionEvent[key, *entry]) {
			if e.WasEvicted() {
				c.evicted.Add(1)
			}
		},
	})
	return c
}

// Stats are numbers since the start, and of now.
type Stats struct {
	Hits, Misses int64 // rows
	Borrowed     int64 // of the hits, those that another instance had read
	Evicted      int64 // rows that made room for others
	Entries      int
	Bytes        int64
}

// Stats returns the numbers for metrics.
func (c *Cache) Stats() Stats {
	return Stats{c.hits.Load(), c.misses.Load(), c.borrowed.Load(), c.evicted.Load(), c.kept.EstimatedSize(), int64(c.kept.WeightedSize())}
}

// Step lets queries read rows that are kept. It follows the step that says how
// new they have to be.
func (c *Cache) Step(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		if op.Type() == ast.Query {
			op.Rows = c.Of(op)
		}
		next(ctx, op, send)
	}
}

// Of returns the rows that an operation may read.
func (c *Cache) Of(op *operation.Operation) *Rows { return &Rows{cache: c, op: op} }

// Rows are the rows of one operation.
type Rows struct {
	cache *Cache
	op    *operation.Operation

	look   sync.Once
	usable bool
	begin  sync.Once
	fill   *cache.Fill
}

// Usable reports whether this instance knows of all changes that the caller has
// to see.
func (r *Rows) Usable(ctx context.Context) bool {
	r.look.Do(func() { r.usable = r.cache.changes.Heard(ctx, &r.op.Reading) == nil })
	return r.usable
}

// Find returns the rows with these ids that are kept with these columns and
// good; nil for the others. It asks Redis once, for those that are not in the
// process. shared is how many were there.
func (r *Rows) Find(ctx context.Context, of *row.Codec, ids []row.Key, columns row.Columns) (found []any, shared int) {
	c := r.cache
	found = make([]any, len(ids))
	hits := 0
	for i, id := range ids {
		if found[i] = r.get(key{table: of.Table, id: id}, columns); found[i] != nil {
			hits++
		}
	}
	if c.shared != nil && hits < len(ids) {
		shared = r.borrow(ctx, of, ids, columns, found)
		c.borrowed.Add(int64(shared))
	}
	c.hits.Add(int64(hits + shared))
	c.misses.Add(int64(len(ids) - hits - shared))
	return found, shared
}

// get returns a row that is in the process, or nil.
func (r *Rows) get(k key, columns row.Columns) any {
	e, _ := r.cache.kept.GetIfPresent(k)
	if e == nil || e.columns&columns != columns {
		return nil
	}
	heard, ok := r.cache.changes.ValidAt(e.stamp, e.depends)
	if !ok {
		r.cache.kept.Invalidate(k)
		return nil
	}
	r.op.Depends.Kept(heard)
	return e.row
}

// Start tells that rows are about to be read, and reports whether they may be
// kept.
func (r *Rows) Start(ctx context.Context) bool {
	r.begin.Do(func() { r.fill = r.cache.changes.Start(ctx) })
	return r.fill != nil
}

// Put keeps a row that was read since Start, with these columns, unless
// something has changed in it since. Nobody may change it from now on; bytes is
// its size.
func (r *Rows) Put(ctx context.Context, of *row.Codec, id row.Key, v any, columns row.Columns, bytes int) {
	c, noted := r.cache, reading(of, id)
	stamp, ok := r.fill.End(ctx, noted)
	if !ok {
		return
	}
	c.kept.Set(key{table: of.Table, id: id}, &entry{row: v, columns: columns, stamp: stamp, depends: noted.Keys, bytes: bytes})
	if c.shared != nil {
		c.publish(of, id, v, columns, stamp, bytes)
	}
}

// reading is what a row depends on.
func reading(of *row.Codec, id row.Key) depend.Noted {
	var read depend.Recorder
	read.AddRows(of.Table, id)
	return read.Noted()
}
