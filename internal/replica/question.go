package replica

import (
	"context"
	"sync"
	"time"
)

// PrimaryRest is the Rest of a question to the primary that readers wait for.
const PrimaryRest = 5 * time.Millisecond

// Question is asked by many callers at once. A caller that comes while it is
// under way gets the next answer, because the answer under way may be older
// than the call.
type Question[T any] struct {
	// Rest bounds the pause after an answer, which is twice as long as the answer
	// took, so that callers who come often share answers and are no load for who
	// is asked. Who comes after the pause waits only for the answer.
	Rest time.Duration

	mu      sync.Mutex
	running bool
	next    *answer[T]
	rested  time.Time // when the pause is over; only run uses it
}

type answer[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// Ask returns what find returns, called once for all callers who ask meanwhile.
func (q *Question[T]) Ask(ctx context.Context, find func() (T, error)) (T, error) {
	q.mu.Lock()
	a := q.next
	if a == nil {
		a = &answer[T]{done: make(chan struct{})}
		q.next = a
	}
	if !q.running {
		q.running = true
		go q.run(find)
	}
	q.mu.Unlock()
	select {
	case <-a.done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// run answers one question after the other until there are no more.
func (q *Question[T]) run(find func() (T, error)) {
	for more := true; more; {
		if pause := time.Until(q.rested); pause > 0 {
			<-time.After(pause)
		}
		q.mu.Lock()
		a := q.next
		q.next = nil
		q.mu.Unlock()
		began := time.Now()
		a.value, a.err = find()
		close(a.done)
		now := time.Now()
		q.rested = now.Add(min(q.Rest, 2*now.Sub(began)))
		q.mu.Lock()
		more = q.next != nil
		q.running = more
		q.mu.Unlock()
	}
}
