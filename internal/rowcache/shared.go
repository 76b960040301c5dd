package rowcache

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/row"
)

// ttl is how long a row stays in Redis. What changes in it ends its use, so the
// time only bounds how many rows are there. An instance asks for a row once and
// then has it, so those that are asked for late are few.
const ttl = 10 * time.Minute

// A look has to be over in a few milliseconds, so it asks for so many rows at
// most and leaves the others to the statement. A row that takes more bytes than
// maxBytes stays in the process.
const (
	maxRows  = 500
	maxBytes = 64 << 10
)

// name is the key of a row in Redis. It has the layout of its columns, so a
// program with other columns never finds it.
func name(of *row.Codec, id row.Key) string { return of.Layout + ":" + hex.EncodeToString(id[:]) }

// publish has a row written to Redis.
func (c *Cache) publish(of *row.Codec, id row.Key, v any, columns row.Columns, stamp cache.Stamp, bytes int) {
	if bytes > maxBytes {
		return
	}
	c.shared.Put(rediscache.Write{
		Key: name(of, id), At: stamp.At, TTL: ttl, Bytes: bytes,
		Append: func(b []byte) []byte { return of.Append(b, v, columns) },
	})
}

// borrow asks Redis for the rows that are nil in found, and sets those that are
// there with these columns and still valid. It returns how many they are.
func (r *Rows) borrow(ctx context.Context, of *row.Codec, ids []row.Key, columns row.Columns, found []any) (n int) {
	c := r.cache
	var names []string
	var places []int
	for i, id := range ids {
		if found[i] == nil && len(names) < maxRows {
			names, places = append(names, name(of, id)), append(places, i)
		}
	}
	for i, got := range c.shared.Get(ctx, names...) {
		if got.Data == nil {
			continue
		}
		v, has, bytes, err := of.Decode(got.Data)
		if err != nil {
			c.shared.Refuse()
			continue
		}
		if has&columns != columns {
			continue
		}
		// The entry says where in the log it is valid; its keys follow from its id.
		id := ids[places[i]]
		depends := reading(of, id).Keys
		stamp, ok := c.changes.Adopt(got.At)
		if !ok {
			continue
		}
		heard, ok := c.changes.ValidAt(stamp, depends)
		if !ok {
			continue
		}
		r.op.Depends.Kept(heard)
		c.kept.Set(key{table: of.Table, id: id}, &entry{row: v, columns: has, stamp: stamp, depends: depends, bytes: bytes})
		found[places[i]] = v
		n++
	}
	return n
}
