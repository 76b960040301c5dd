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

// forms are an answer's body in the codings of HTTP, each made once.
type forms struct {
	mu    sync.Mutex
	of    []form // few
	bytes atomic.Int64
}

type form struct {
	coding string
	body   []byte
}

// get returns a form, and reports whether it was made just now.
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

// hit is an entry that was found; it keeps the forms of the entry.
type hit struct {
	*entry
	store *store
	key   key
}

// Form implements operation.Forms. A new form counts towards the size of the
// cache.
func (h hit) Form(coding string, encode func() []byte) []byte {
	body, made := h.forms.get(coding, encode)
	if made {
		h.store.weigh(h.key, h.entry)
	}
	return body
}

// overhead is what an entry takes besides its data and keys, in bytes: itself,
// its key and its place in the store.
const overhead = 400

// formOverhead is what a form takes besides its body, in bytes.
const formOverhead = 64

func (e *entry) weight() int {
	return overhead + cap(e.data) + 8*cap(e.depends) + int(e.forms.bytes.Load())
}

// store keeps entries up to a number of bytes, preferably those that are used
// most.
type store struct {
	cache   *otter.Cache[key, *entry]
	evicted atomic.Int64 // entries removed to make room for others
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

// weigh updates the weight of an entry, if it is still there.
func (s *store) weigh(k key, e *entry) {
	s.cache.ComputeIfPresent(k, func(old *entry) (*entry, otter.ComputeOp) {
		if old == e {
			return e, otter.WriteOp
		}
		return old, otter.CancelOp
	})
}

// remove removes an entry, unless another has replaced it.
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
