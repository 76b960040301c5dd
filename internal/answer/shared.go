package answer

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/position"
)

const (
	// sharedPatience bounds a look-up in Redis, for which a request waits.
	sharedPatience = 5 * time.Millisecond
	// sharedPause is how long Redis is not used after it failed to answer.
	sharedPause = time.Second
	// writePatience bounds a write, for which no request waits, and writeQueue
	// is how many writes can wait. An answer that finds no place is kept only
	// in the process.
	writePatience = time.Second
	writeQueue    = 256
	// maxShared is the largest answer that is written to Redis, in bytes.
	maxShared = 1 << 20
)

// Shared keeps answers for everybody in Redis, where all instances find them.
// An instance uses one only if it knows all the changes since the answer was
// read. Its methods are safe for concurrent use.
type Shared struct {
	client redis.Cmdable
	prefix string
	queue  chan sharedEntry
	until  atomic.Int64 // Unix nanoseconds: until then Redis is not used
	lost   atomic.Int64
	faults atomic.Int64
}

type sharedEntry struct {
	key  key
	text []byte
	ttl  time.Duration
}

// NewShared returns a shared cache whose keys in Redis begin with prefix. The
// prefix stands for a database and a schema: instances with the same prefix
// share answers. Run must be called to write them.
func NewShared(client redis.Cmdable, prefix string) *Shared {
	return &Shared{client: client, prefix: prefix, queue: make(chan sharedEntry, writeQueue)}
}

// get returns the entry with this key and the position at which it was read. It
// returns nil if there is none, or if Redis does not answer.
func (s *Shared) get(ctx context.Context, k key) (e *entry) {
	if time.Now().UnixNano() < s.until.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sharedPatience)
	defer cancel()
	text, err := s.client.Get(ctx, s.name(k)).Bytes()
	if err == nil {
		if e, err = decode(text); err == nil {
			return e
		}
	}
	if !errors.Is(err, redis.Nil) && context.Cause(ctx) != context.Canceled { //nolint:errorlint // it is that value
		s.faults.Add(1)
		if !errors.Is(err, errDamaged) {
			s.until.Store(time.Now().Add(sharedPause).UnixNano())
		}
	}
	return nil
}

func (s *Shared) name(k key) string { return s.prefix + hex.EncodeToString(k[:]) }

// put queues an entry to be written.
func (s *Shared) put(k key, e *entry, now time.Time) {
	if len(e.data) > maxShared {
		return
	}
	select {
	case s.queue <- sharedEntry{k, e.encode(), e.until.Sub(now)}:
	default:
		s.lost.Add(1)
	}
}

// Run writes to Redis until ctx ends.
func (s *Shared) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.queue:
			if err := s.write(ctx, e); err != nil {
				s.lost.Add(1)
			}
		}
	}
}

func (s *Shared) write(ctx context.Context, e sharedEntry) error {
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	return s.client.Set(ctx, s.name(e.key), e.text, e.ttl).Err()
}

// Faults is how often Redis did not answer or its answer was damaged.
func (s *Shared) Faults() int64 { return s.faults.Load() }

// Lost is how many answers were not written to Redis.
func (s *Shared) Lost() int64 { return s.lost.Load() }

// The format of an entry in Redis: version, checksum of the rest, timeline,
// LSN, when it was made and until when it is valid in Unix milliseconds, the
// number of keys, the keys, and the data.
const (
	sharedVersion = 1
	headSize      = 1 + 8
	bodySize      = 4 + 8 + 8 + 8 + 4
)

var errDamaged = errors.New("an answer in Redis is damaged")

func (e *entry) encode() []byte {
	b := make([]byte, headSize, headSize+bodySize+8*len(e.depends)+len(e.data))
	b[0] = sharedVersion
	b = binary.BigEndian.AppendUint32(b, e.stamp.At.Timeline)
	b = binary.BigEndian.AppendUint64(b, e.stamp.At.LSN)
	b = binary.BigEndian.AppendUint64(b, uint64(e.made.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(e.until.UnixMilli()))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.depends)))
	b = depend.AppendBinary(b, e.depends)
	b = append(b, e.data...)
	binary.BigEndian.PutUint64(b[1:], xxhash.Sum64(b[headSize:]))
	return b
}

// decode reads what encode wrote. It does not set the stamp's epoch, which only
// the instance knows.
func decode(b []byte) (*entry, error) {
	if len(b) < headSize+bodySize || b[0] != sharedVersion || binary.BigEndian.Uint64(b[1:]) != xxhash.Sum64(b[headSize:]) {
		return nil, errDamaged
	}
	b = b[headSize:]
	e := &entry{}
	e.stamp.At = position.Position{Timeline: binary.BigEndian.Uint32(b), LSN: binary.BigEndian.Uint64(b[4:])}
	e.made = time.UnixMilli(int64(binary.BigEndian.Uint64(b[12:])))
	e.until = time.UnixMilli(int64(binary.BigEndian.Uint64(b[20:])))
	n := int(binary.BigEndian.Uint32(b[28:]))
	b = b[bodySize:]
	if n > depend.MaxKeys*2 || len(b) < 8*n {
		return nil, errDamaged
	}
	e.depends, e.data = depend.FromBinary(b[:8*n]), b[8*n:]
	e.tag = tagOf(e.data)
	return e, nil
}
