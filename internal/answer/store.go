package answer

import (
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/depend"
)

// entry is one answer.
type entry struct {
	data    []byte
	tag     string
	depends []depend.Key
	stamp   cache.Stamp
	made    time.Time
	until   time.Time
}

// overhead is what an entry takes beside its data and keys, in bytes: itself,
// its key and its place in the store.
const overhead = 320

func (e *entry) weight() int { return overhead + cap(e.data) + 8*cap(e.depends) }

// store keeps entries up to a number of bytes, those that are asked for most.
type store struct{ cache *otter.Cache[key, *entry] }

func newStore(bytes int) *store {
	return &store{otter.Must(&otter.Options[key, *entry]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(_ key, e *entry) uint32 { return uint32(min(e.weight(), 1<<31)) },
	})}
}

func (s *store) get(k key) *entry {
	e, _ := s.cache.GetIfPresent(k)
	return e
}

func (s *store) put(k key, e *entry) { s.cache.Set(k, e) }

// remove removes an entry, unless there is another by now.
func (s *store) remove(k key, e *entry) {
	s.cache.ComputeIfPresent(k, func(old *entry) (*entry, otter.ComputeOp) {
		if old == e {
			return nil, otter.InvalidateOp
		}
		return old, otter.CancelOp
	})
}

func (s *store) size() (entries int, bytes int64) {
	return s.cache.EstimatedSize(), int64(s.cache.WeightedSize())
}

// flights are the operations that are executed to be kept.
type flights struct {
	mu sync.Mutex
	of map[key]chan struct{}
}

// join returns what is closed when the first operation with a key has its
// answer, and whether this is the first.
func (f *flights) join(k key) (done <-chan struct{}, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if running, ok := f.of[k]; ok {
		return running, false
	}
	if f.of == nil {
		f.of = map[key]chan struct{}{}
	}
	f.of[k] = make(chan struct{})
	return nil, true
}

// leave has the others go on. It is called by the first.
func (f *flights) leave(k key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.of[k])
	delete(f.of, k)
}
