package answer

import (
	"context"
	"sync"

	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/operation"
)

// flights are the operations in execution whose answers will be kept.
type flights struct {
	mu sync.Mutex
	of map[key]*flight
}

// flight is one execution that others with the same key wait for.
type flight struct {
	key  key
	done chan struct{} // closed when it has ended

	// answer is set before that, also if it could not be kept: whoever came
	// before the flight began may have it. It is nil if nobody else may.
	answer *entry
	fill   *cache.Fill // what the answer saw
}

// join returns the flight of a key, and reports whether the caller began it and
// so has to execute the operation and to call leave.
func (f *flights) join(k key) (of *flight, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if running, ok := f.of[k]; ok {
		return running, false
	}
	if f.of == nil {
		f.of = map[key]*flight{}
	}
	begun := &flight{key: k, done: make(chan struct{})}
	f.of[k] = begun
	return begun, true
}

// leave ends a flight.
func (f *flights) leave(of *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.of, of.key)
	close(of.done)
}

// share executes an operation, or waits for one that has the same answer.
//
// An answer that is valid is for everybody. One that could not be kept is for
// those who came before its flight began: the flight that runs when an operation
// comes may have read too early for it, but the next one has not. Without that
// each of a crowd would execute the operation for itself whenever something has
// changed just now, which is when the crowd is there.
func (a *Answers) share(ctx context.Context, op *operation.Operation, w *work, next operation.Handler, send operation.Send) {
	k := w.keys.flight()
	for came := false; ; came = true {
		f, first := a.flights.join(k)
		if first {
			defer a.flights.leave(f)
			if a.look(w, 0) {
				a.serve(op, w, send)
			} else {
				a.fill(ctx, op, w, f, next, send)
			}
			return
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return
		}
		switch {
		case a.look(w, 0):
			a.serve(op, w, send)
			return
		case !came:
			continue
		}
		need, _ := op.Reading.Need()
		if f.answer == nil || !f.fill.Covers(need) {
			a.fill(ctx, op, w, nil, next, send)
			return
		}
		op.Actual = HitPrice
		a.counts.collapsed.Add(1)
		r := &operation.Response{Data: f.answer.data, CacheStatus: statusCollapsed, ETag: f.answer.tag}
		a.tell(op, w.policy, r)
		send(r)
		return
	}
}
