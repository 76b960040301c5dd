package answer

import (
	"sync"
	"sync/atomic"
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
	forms   forms
}

// forms are the body of an answer in the codings of HTTP, each made once.
type forms struct {
	mu    sync.Mutex
	of    []form // few
	bytes atomic.Int64
}

type form struct {
	coding string
	body   []byte
}

// get returns a form, and whether it was made just now.
func (f *forms) get(coding string, encode func() []byte) (body []byte, made bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, made := range f.of {
		if made.coding == coding {
			return made.body, false
		}
	}
	body = encode()
	f.of = append(f.of, form{coding, body})
	f.bytes.Add(int64(cap(body)) + formOverhead)
	return body, true
}

// hit is an entry as it was found, which keeps its forms.
type hit struct {
	*entry
	store *store
	key   key
}

// Form implements operation.Forms. What is made counts towards the bytes that may
// be kept.
func (h hit) Form(coding string, encode func() []byte) []byte {
	body, made := h.forms.get(coding, encode)
	if made {
		h.store.weigh(h.key, h.entry)
	}
	return body
}

// overhead is what an entry takes beside its data and keys, in bytes: itself,
// its key and its place in the store.
const overhead = 400

// formOverhead is what a form takes beside its bytes.
const formOverhead = 64

func (e *entry) weight() int {
	return overhead + cap(e.data) + 8*cap(e.depends) + int(e.forms.bytes.Load())
}

// store keeps entries up to a number of bytes, those that are asked for most.
type store struct {
	cache   *otter.Cache[key, *entry]
	evicted atomic.Int64 // entries that made room for others
}

func newStore(bytes int) *store {
	s := &store{}
	s.cache = otter.Must(&otter.Options[key, *entry]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(_ key, e *entry) uint32 { return uint32(min(e.weight(), 1<<31)) },
		OnAtomicDeletion: func(e otter.DeletionEvent[key, *entry]) {
			if e.WasEvicted() {
				s.evicted.Add(1)
			}
		},
	})
	return s
}

func (s *store) get(k key) *entry {
	e, _ := s.cache.GetIfPresent(k)
	return e
}

func (s *store) put(k key, e *entry) { s.cache.Set(k, e) }

// weigh counts anew what an entry takes, if it is still there.
func (s *store) weigh(k key, e *entry) {
	s.cache.ComputeIfPresent(k, func(old *entry) (*entry, otter.ComputeOp) {
		if old == e {
			return e, otter.WriteOp
		}
		return old, otter.CancelOp
	})
}

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
