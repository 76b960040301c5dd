// Package rowcache keeps rows under the loaders: those that are read by their
// ids and that everybody sees, until something changes in them. What has changed
// is in internal/cache. docs/caching.md is the manual.
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
)

// Cache keeps rows. Its methods are safe for concurrent use.
type Cache struct {
	changes *cache.Changes
	kept    *otter.Cache[key, *entry]

	hits, misses, evicted atomic.Int64
}

type key struct {
	table string
	id    [16]byte // of the row, or of a list's parent
	list  any      // nil: it is a row
}

// entry is one row, or what was read of a list, with what it depends on.
type entry struct {
	row     any // pointer to the entity, or what was read; nobody changes it
	columns uint64
	stamp   cache.Stamp
	depends []depend.Key
	tables  []string // of a list
	bytes   int
}

// overhead is what an entry takes beside its row, in bytes.
const overhead = 240

// New returns a cache of so many bytes.
func New(changes *cache.Changes, bytes int) *Cache {
	c := &Cache{changes: changes}
	c.kept = otter.Must(&otter.Options[key, *entry]{
		MaximumWeight: uint64(bytes),
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
	Evicted      int64 // rows that made room for others
	Entries      int
	Bytes        int64
}

// Stats returns the numbers for metrics.
func (c *Cache) Stats() Stats {
	return Stats{c.hits.Load(), c.misses.Load(), c.evicted.Load(), c.kept.EstimatedSize(), int64(c.kept.WeightedSize())}
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

// Get returns the row of a table with an id, if it is kept with these columns
// and good.
func (r *Rows) Get(table string, id [16]byte, columns uint64) (row any, ok bool) {
	k := key{table: table, id: id}
	e, _ := r.cache.kept.GetIfPresent(k)
	if e == nil || e.columns&columns != columns {
		r.cache.misses.Add(1)
		return nil, false
	}
	heard, ok := r.cache.changes.ValidAt(e.stamp, e.depends)
	if !ok {
		r.cache.misses.Add(1)
		r.cache.kept.Invalidate(k)
		return nil, false
	}
	r.cache.hits.Add(1)
	r.op.Depends.Kept(heard)
	return e.row, true
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
func (r *Rows) Put(ctx context.Context, table string, id [16]byte, row any, columns uint64, bytes int) {
	var read depend.Recorder
	read.AddRows(table, id)
	noted := read.Noted()
	if stamp, ok := r.fill.End(ctx, noted); ok {
		r.cache.kept.Set(key{table: table, id: id}, &entry{row: row, columns: columns, stamp: stamp, depends: noted.Keys, bytes: bytes})
	}
}
