package password

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

// gate lets few work at once and some more wait; the rest is told to come
// back. So a flood costs a fixed amount of memory and of waiting.
type gate struct {
	slots    chan struct{}
	admitted atomic.Int64 // working or waiting
	room     int64        // for so many
	took     atomic.Int64 // nanoseconds that the last work took
}

func newGate(slots, queue int) *gate {
	return &gate{slots: make(chan struct{}, slots), room: int64(slots + queue)}
}

// admit takes a place, which the returned function gives back; it may be
// called again. Without room it is OVERLOADED.
func (g *gate) admit() (leave func(), err error) {
	if g.admitted.Add(1) > g.room {
		g.admitted.Add(-1)
		return nil, g.full()
	}
	return sync.OnceFunc(func() { g.admitted.Add(-1) }), nil
}

// work runs fn in a slot, for which an admitted one waits. It is the context's
// error when that ends first.
func (g *gate) work(ctx context.Context, fn func()) error {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	start := time.Now()
	defer func() {
		g.took.Store(int64(time.Since(start)))
		<-g.slots
	}()
	fn()
	return nil
}

// full tells how long those who wait will take.
func (g *gate) full() error {
	after := time.Duration(g.took.Load() * g.room / int64(cap(g.slots)))
	after = max(after.Round(time.Second), time.Second)
	return apperr.New(apperr.Overloaded, "too many sign in at this moment: try again in %d seconds", int(after.Seconds())).Retry(after)
}
