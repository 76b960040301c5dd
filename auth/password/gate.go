package password

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/apperr"
)

// gate lets few work at once and some more wait; the rest is told to come
// back. So a flood costs a fixed amount of memory and of waiting.
type gate struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
	took    atomic.Int64 // nanoseconds that the last work took
}

func newGate(slots, queue int) *gate {
	return &gate{slots: make(chan struct{}, slots), queue: int64(queue)}
}

// enter waits for a slot. It is OVERLOADED when the queue is full, and the
// context's error when that ends first.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	if g.waiting.Add(1) > g.queue {
		g.waiting.Add(-1)
		return g.full()
	}
	defer g.waiting.Add(-1)
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) leave(took time.Duration) {
	g.took.Store(int64(took))
	<-g.slots
}

// full tells how long the queue will take.
func (g *gate) full() error {
	after := time.Duration(g.took.Load() * g.queue / int64(cap(g.slots)))
	after = max(after.Round(time.Second), time.Second)
	return apperr.Wrap(&auth.RetryError{Reason: "too many passwords at once", After: after},
		apperr.Overloaded, "too many sign in at this moment: try again in %d seconds", int(after.Seconds()))
}
