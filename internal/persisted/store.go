package persisted

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"
)

// Store keeps the documents that clients register.
type Store interface {
	// Get returns the text with a hash, and whether there is one.
	Get(ctx context.Context, hash string) (text string, found bool, err error)
	// Put keeps a text. It does not wait for anything.
	Put(hash, text string)
}

const (
	// keep is how long a document is kept that nobody asks for.
	keep = 24 * time.Hour
	// DefaultBytes is how many bytes of text Memory keeps.
	DefaultBytes = 16 << 20
)

// Memory keeps texts in the process.
type Memory struct{ cache *otter.Cache[string, string] }

// NewMemory keeps texts of so many bytes together, and forgets those that
// nobody has asked for in a day, or for the longest time; DefaultBytes if 0.
func NewMemory(bytes int) *Memory {
	if bytes <= 0 {
		bytes = DefaultBytes
	}
	return &Memory{otter.Must(&otter.Options[string, string]{
		MaximumWeight:    uint64(bytes),
		Weigher:          func(hash, text string) uint32 { return uint32(len(hash) + len(text)) },
		ExpiryCalculator: otter.ExpiryAccessing[string, string](keep),
	})}
}

// Get implements Store; it returns no error.
func (m *Memory) Get(_ context.Context, hash string) (text string, found bool, err error) {
	text, found = m.cache.GetIfPresent(hash)
	return text, found, nil
}

// Put implements Store.
func (m *Memory) Put(hash, text string) { m.cache.Set(hash, text) }

// Shared keeps texts in the process and in Redis, where all instances find
// them.
type Shared struct {
	memory *Memory
	client redis.Cmdable
	prefix string
	queue  chan registered
	lost   atomic.Int64
}

type registered struct{ hash, text string }

const (
	// patience bounds a look into Redis, which a request waits for.
	patience = 50 * time.Millisecond
	// putPatience bounds a write, which nobody waits for.
	putPatience = time.Second
	putQueue    = 1024
)

// NewShared returns a store whose keys in Redis begin with prefix; Run does its
// writing.
func NewShared(memory *Memory, client redis.Cmdable, prefix string) *Shared {
	return &Shared{memory: memory, client: client, prefix: prefix, queue: make(chan registered, putQueue)}
}

// Get implements Store. What comes from Redis has to have the hash: a wrong text
// that somebody put there is an error, and not used.
func (s *Shared) Get(ctx context.Context, hash string) (string, bool, error) {
	if text, found, _ := s.memory.Get(ctx, hash); found {
		return text, true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, err := s.client.GetEx(ctx, s.prefix+hash, keep).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("look for document in Redis: %w", err)
	case sum(text) != hash:
		return "", false, errors.New("the document in Redis has another hash")
	}
	s.memory.Put(hash, text)
	return text, true, nil
}

// Put implements Store. The text is in the process at once, and in Redis soon.
func (s *Shared) Put(hash, text string) {
	s.memory.Put(hash, text)
	select {
	case s.queue <- registered{hash, text}:
	default:
		s.lost.Add(1)
	}
}

// Lost is how many documents did not get into Redis: other instances will ask
// for them again.
func (s *Shared) Lost() int64 { return s.lost.Load() }

// Run writes to Redis until ctx ends, and then what is in the queue.
func (s *Shared) Run(ctx context.Context) {
	for {
		select {
		case r := <-s.queue:
			s.write(ctx, r)
		case <-ctx.Done():
			for {
				select {
				case r := <-s.queue:
					s.write(ctx, r)
				default:
					return
				}
			}
		}
	}
}

func (s *Shared) write(ctx context.Context, r registered) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putPatience)
	defer cancel()
	if err := s.client.Set(ctx, s.prefix+r.hash, r.text, keep).Err(); err != nil {
		s.lost.Add(1)
	}
}
