package rowcache

import (
	"context"

	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/depend"
)

// A page of a list, or how many rows a list has, is kept beside the rows, for
// each parent by itself. It has the rows that are in it, so it is good as long as
// they and the list stay the same.

// GetList returns what is kept of a list below a parent, and what it depends on,
// if it is good. list says which list, which part of it and which columns.
func (r *Rows) GetList(list any, parent [16]byte) (value any, depends depend.Noted, ok bool) {
	k := key{id: parent, list: list}
	if e, _ := r.cache.kept.GetIfPresent(k); e != nil {
		if heard, ok := r.cache.changes.ValidAt(e.stamp, e.depends); ok {
			r.cache.hits.Add(1)
			r.op.Depends.Kept(heard)
			return e.row, depend.Noted{Keys: e.depends, Tables: e.tables}, true
		}
		r.cache.kept.Invalidate(k)
	}
	r.cache.misses.Add(1)
	return nil, depends, false
}

// Keeper keeps what one statement read of a list since Start.
func (r *Rows) Keeper(ctx context.Context, list any) func(parent [16]byte, value any, depends depend.Noted, bytes int) {
	read := r.fill.Read(ctx)
	return func(parent [16]byte, value any, depends depend.Noted, bytes int) {
		if stamp, ok := read.Stamp(depends); ok {
			r.cache.put(key{id: parent, list: list}, value, stamp, depends, bytes)
		}
	}
}

// listOverhead is what the key of a list takes, in bytes.
const listOverhead = 640

func (c *Cache) put(k key, value any, stamp cache.Stamp, depends depend.Noted, bytes int) {
	c.kept.Set(k, &entry{
		row: value, stamp: stamp, depends: depends.Keys, tables: depends.Tables,
		bytes: listOverhead + bytes + 8*len(depends.Keys) + 16*len(depends.Tables),
	})
}
