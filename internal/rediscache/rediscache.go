// Package rediscache keeps what instances have read in Redis, where all of them
// find it: answers and rows. A request waits for Redis only a moment, and gets
// no error from it. Writes are done in the background.
//
// It does not know whether an entry is still valid: who takes one asks
// internal/cache. docs/caching.md is the manual.
package rediscache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/internal/position"
)

const (
	// readPatience is the default of Cache.Patience.
	readPatience = 5 * time.Millisecond
	// pause is how long Redis is not used after it failed to answer.
	pause = time.Second
	// writePatience bounds a write, for which no request waits.
	writePatience = time.Second
	// maxQueue and maxWaiting are how many entries, and how many bytes of them,
	// can wait to be written. An entry that finds no place is not written.
	maxQueue   = 4096
	maxWaiting = 16 << 20
	// maxBatch is how many entries one round trip writes.
	maxBatch = 128
	// maxEntry is the largest entry that is written, in bytes.
	maxEntry = 1 << 20
)

// Cache is the entries of one kind. Its methods are safe for concurrent use.
type Cache struct {
	// Patience bounds a look, for which a request waits. New sets it to 5 ms; it
	// must not be changed once the cache is in use.
	Patience time.Duration

	client  redis.Cmdable
	cluster bool
	prefix  string
	queue   chan Write
	waiting atomic.Int64 // bytes in the queue
	until   atomic.Int64 // Unix nanoseconds: until then Redis is not used
	faults  atomic.Int64
	lost    atomic.Int64
}

// Entry is something that was read.
type Entry struct {
	At   position.Position // it has all changes up to there
	Data []byte
}

// Write is an entry to be written.
type Write struct {
	Key   string
	At    position.Position
	TTL   time.Duration
	Bytes int // about as large as its data

	// Append appends the data. It is called later, by another goroutine.
	Append func(b []byte) []byte
}

// New returns the entries whose keys in Redis begin with prefix. Instances with
// the same prefix share them, so it stands for everything that gives them their
// meaning: the database, and what the data are. Run must be called to write.
func New(client redis.Cmdable, prefix string) *Cache {
	_, cluster := client.(*redis.ClusterClient)
	return &Cache{Patience: readPatience, client: client, cluster: cluster, prefix: prefix, queue: make(chan Write, maxQueue)}
}

// Get returns the entries with these keys, by one round trip; one without data
// where there is none. It returns nil if Redis does not answer.
func (c *Cache) Get(ctx context.Context, keys ...string) []Entry {
	if c.paused() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = c.prefix + k
	}
	texts, err := c.read(ctx, names)
	if err != nil {
		if context.Cause(ctx) != context.Canceled { //nolint:errorlint // it is that value
			c.fault()
		}
		return nil
	}
	entries := make([]Entry, len(keys))
	for i, text := range texts {
		if text == nil {
			continue
		}
		if entries[i], err = unframe(names[i], text); err != nil {
			c.Refuse()
		}
	}
	return entries
}

// read returns the values of keys; nil where there is none. The keys of an MGET
// have to be in one slot of a cluster, so there it is GETs in a pipeline, which
// the client sends to all nodes at once.
func (c *Cache) read(ctx context.Context, names []string) ([][]byte, error) {
	texts := make([][]byte, len(names))
	if len(names) > 1 && !c.cluster {
		values, err := c.client.MGet(ctx, names...).Result()
		for i, v := range values {
			if text, ok := v.(string); ok {
				texts[i] = []byte(text)
			}
		}
		return texts, err
	}
	commands := make([]*redis.StringCmd, len(names))
	if len(names) == 1 {
		commands[0] = c.client.Get(ctx, names[0])
	} else if _, err := c.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			commands[i] = p.Get(ctx, name)
		}
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	for i, command := range commands {
		text, err := command.Bytes()
		switch {
		case err == nil:
			texts[i] = text
		case !errors.Is(err, redis.Nil):
			return nil, err
		}
	}
	return texts, nil
}

// Put queues an entry to be written.
func (c *Cache) Put(e Write) {
	if e.Bytes > maxEntry || c.paused() || c.waiting.Load() > maxWaiting {
		c.lost.Add(1)
		return
	}
	c.waiting.Add(int64(e.Bytes))
	select {
	case c.queue <- e:
	default:
		c.waiting.Add(-int64(e.Bytes))
		c.lost.Add(1)
	}
}

// Run writes to Redis until ctx ends.
func (c *Cache) Run(ctx context.Context) {
	batch := make([]Write, 0, maxBatch)
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-c.queue:
			batch = c.more(append(batch[:0], e))
			c.write(ctx, batch)
			clear(batch) // it holds what is no longer needed
		}
	}
}

// more adds to a batch what waits already.
func (c *Cache) more(batch []Write) []Write {
	for len(batch) < maxBatch {
		select {
		case e := <-c.queue:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

func (c *Cache) write(ctx context.Context, batch []Write) {
	for _, e := range batch {
		c.waiting.Add(-int64(e.Bytes))
	}
	if c.paused() {
		c.lost.Add(int64(len(batch)))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	commands, err := c.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, e := range batch {
			name := c.prefix + e.Key
			p.Set(ctx, name, frame(name, e), e.TTL)
		}
		return nil
	})
	if err == nil {
		return
	}
	for _, command := range commands {
		if command.Err() != nil {
			c.lost.Add(1)
		}
	}
	if context.Cause(ctx) != context.Canceled { //nolint:errorlint // it is that value
		c.fault()
	}
}

// paused reports whether Redis is not used for now.
func (c *Cache) paused() bool { return time.Now().UnixNano() < c.until.Load() }

// fault has Redis left alone for a while.
func (c *Cache) fault() {
	c.faults.Add(1)
	c.until.Store(time.Now().Add(pause).UnixNano())
}

// Refuse counts an entry that cannot be used, because it is damaged.
func (c *Cache) Refuse() { c.faults.Add(1) }

// Faults is how often Redis did not answer, or with an entry that was damaged.
func (c *Cache) Faults() int64 { return c.faults.Load() }

// Lost is how many entries were not written to Redis.
func (c *Cache) Lost() int64 { return c.lost.Load() }
