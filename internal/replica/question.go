package replica

import (
	"context"
	"sync"
)

// Question is asked by many callers at once. A caller that comes while it is
// under way gets the next answer, because the answer under way may be older
// than the call.
type Question[T any] struct {
	mu      sync.Mutex
	running bool
	next    *answer[T]
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
		q.running, q.next = true, nil
		go q.run(a, find)
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
func (q *Question[T]) run(a *answer[T], find func() (T, error)) {
	for a != nil {
		a.value, a.err = find()
		close(a.done)
		q.mu.Lock()
		a, q.next = q.next, nil
		q.running = a != nil
		q.mu.Unlock()
	}
}
