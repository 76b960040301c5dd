// Package fair shares a bounded number of places among callers: nobody gets
// more than a share of them, and who waits is let in caller by caller, not in
// the order of arrival. So a thousand requests of one caller keep another
// waiting no longer than one would.
//
// It knows neither operations nor connections: a place is whatever its user
// counts.
package fair

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// Options are the bounds of a Queue. All but Patience are required.
type Options struct {
	Places  int // held at the same time by all
	Share   int // of them held by one caller at most
	Each    int // of one caller that may wait
	Waiting int // of all callers that may wait

	// Patience is how long one waits at most. 0 means until the context ends.
	Patience time.Duration
}

// ErrFull is for those who find no room to wait, or who waited too long.
var ErrFull = errors.New("there is no place, and no room to wait for one")

// Queue gives out places. Its methods are safe for concurrent use.
type Queue[K comparable] struct {
	options Options

	mu      sync.Mutex
	free    int
	waiting int
	lines   map[K]*line[K] // of callers that hold a place or wait for one
	turns   *list.List     // of the *line with somebody waiting, the next one first
}

// line is one caller.
type line[K comparable] struct {
	key     K
	held    int
	waiters list.List // of chan struct{}, closed when its place is given
	turn    *list.Element
}

// New returns a Queue.
func New[K comparable](o Options) *Queue[K] {
	return &Queue[K]{options: o, free: o.Places, lines: map[K]*line[K]{}, turns: list.New()}
}

// Place is one that was given; Leave gives it back.
type Place[K comparable] struct {
	queue *Queue[K]
	line  *line[K]
}

// Enter waits for a place for a caller. The error is ErrFull, or why the
// context ended.
func (q *Queue[K]) Enter(ctx context.Context, key K) (Place[K], error) {
	q.mu.Lock()
	l := q.lines[key]
	if l == nil {
		l = &line[K]{key: key}
		q.lines[key] = l
	}
	place := Place[K]{q, l}
	if q.free > 0 && l.held < q.options.Share && l.waiters.Len() == 0 {
		q.free--
		l.held++
		q.mu.Unlock()
		return place, nil
	}
	if q.waiting >= q.options.Waiting || l.waiters.Len() >= q.options.Each {
		q.forget(l)
		q.mu.Unlock()
		return Place[K]{}, ErrFull
	}
	given := make(chan struct{})
	waiter := l.waiters.PushBack(given)
	q.waiting++
	if l.turn == nil {
		l.turn = q.turns.PushBack(l)
	}
	q.mu.Unlock()
	return place, q.await(ctx, l, waiter, given)
}

func (q *Queue[K]) await(ctx context.Context, l *line[K], waiter *list.Element, given chan struct{}) error {
	var over <-chan time.Time
	if q.options.Patience > 0 {
		timer := time.NewTimer(q.options.Patience)
		defer timer.Stop()
		over = timer.C
	}
	err := ErrFull
	select {
	case <-given:
		return nil
	case <-over:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-given: // meanwhile
		q.leave(l)
	default:
		l.waiters.Remove(waiter)
		q.waiting--
		q.noTurn(l)
		q.forget(l)
	}
	return err
}

// Leave gives the place back. It is called once.
func (p Place[K]) Leave() {
	p.queue.mu.Lock()
	defer p.queue.mu.Unlock()
	p.queue.leave(p.line)
}

func (q *Queue[K]) leave(l *line[K]) {
	q.free++
	l.held--
	q.give()
	q.forget(l)
}

// give gives the free places to the callers whose turn it is, one each before
// any gets a second. Those passed over hold their share, so they are few.
func (q *Queue[K]) give() {
	for q.free > 0 {
		at := q.turns.Front()
		for at != nil && at.Value.(*line[K]).held >= q.options.Share {
			at = at.Next()
		}
		if at == nil {
			return
		}
		l := at.Value.(*line[K])
		waiter := l.waiters.Front()
		l.waiters.Remove(waiter)
		q.waiting--
		q.free--
		l.held++
		close(waiter.Value.(chan struct{}))
		q.turns.MoveToBack(at)
		q.noTurn(l)
	}
}

// noTurn takes a caller from the turns if nobody of it waits any more.
func (q *Queue[K]) noTurn(l *line[K]) {
	if l.turn != nil && l.waiters.Len() == 0 {
		q.turns.Remove(l.turn)
		l.turn = nil
	}
}

// forget drops a caller that holds nothing and waits for nothing.
func (q *Queue[K]) forget(l *line[K]) {
	if l.held == 0 && l.waiters.Len() == 0 {
		delete(q.lines, l.key)
	}
}
