package position

import (
	"context"
	"sync"
)

// Recorder takes the position of the latest write of one operation. The zero
// value has seen none. Its methods are safe for concurrent use and do nothing
// on nil.
type Recorder struct {
	mu   sync.Mutex
	last Position
}

// Note takes the position of a write that was committed.
func (r *Recorder) Note(p Position) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Compare(r.last) > 0 {
		r.last = p
	}
}

// Last returns the position of the latest write; zero if there was none.
func (r *Recorder) Last() Position {
	if r == nil {
		return Position{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

type recorderKey struct{}

// NewContext returns a context whose writes are noted by r.
func NewContext(ctx context.Context, r *Recorder) context.Context {
	return context.WithValue(ctx, recorderKey{}, r)
}

// Value returns r if FromContext would look for it under this key, else nil:
// for a context that carries a recorder among other things.
func (r *Recorder) Value(key any) any {
	if key == (recorderKey{}) {
		return r
	}
	return nil
}

// FromContext returns the context's recorder, or nil.
func FromContext(ctx context.Context) *Recorder {
	r, _ := ctx.Value(recorderKey{}).(*Recorder)
	return r
}
