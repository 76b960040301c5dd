// Package answer keeps the answers to whole queries, for as long as the schema
// allows and nothing that they depend on has changed, and says to clients and
// caches between for how long they may keep them.
//
// It has two steps, Find before the caller's budget and Serve after it, so that
// an answer that is known costs next to nothing. What may be kept is in
// internal/cachepolicy, what has changed in internal/cache. docs/caching.md is
// the manual.
package answer

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/operation"
)

// Options configures New. Model is required.
type Options struct {
	Model *cachepolicy.Model

	// Changes says what is still good. Default: nothing is kept, and clients are
	// told what they may keep.
	Changes *cache.Changes

	// Bytes bounds what is kept. 0 keeps nothing.
	Bytes int

	// Shared is asked for what is not known here. Default: nobody is.
	Shared *Shared

	// Scope returns who is asking, the same for those who get the same answers
	// to all queries. Default: all are alike.
	Scope func(context.Context) string

	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Answers keeps answers. Its methods are safe for concurrent use.
type Answers struct {
	o       Options
	kept    *store // nil: nothing is kept
	flights flights
	renewal renewal
	counts  counts
}

type counts struct {
	hits, stale, misses, bypasses, stored, raced, borrowed atomic.Int64

	ages [len(AgeBounds) + 1]atomic.Int64 // of hits
	age  atomic.Int64                     // all of them together, in nanoseconds
}

// AgeBounds are those of Stats.Ages.
var AgeBounds = [...]time.Duration{
	100 * time.Millisecond, time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, time.Hour,
}

// Stats are numbers since the start, and of now.
type Stats struct {
	Hits     int64 // answers that were known
	Stale    int64 // of the hits, those whose time was over
	Misses   int64 // answers that were not
	Bypasses int64 // queries whose answers are not kept, or were not to be used
	Stored   int64
	Raced    int64 // answers that were not kept because something changed meanwhile
	Borrowed int64 // of the hits, those that another instance had made
	Evicted  int64 // answers that made room for others
	Entries  int
	Bytes    int64

	// Ages counts hits by how long before they had been made: up to each of
	// AgeBounds, and beyond the last. Age is all of these times together.
	Ages [len(AgeBounds) + 1]int64
	Age  time.Duration
}

// hit counts a hit of an answer that is so old.
func (c *counts) hit(age time.Duration, stale bool) {
	c.hits.Add(1)
	if stale {
		c.stale.Add(1)
	}
	i := 0
	for i < len(AgeBounds) && age > AgeBounds[i] {
		i++
	}
	c.ages[i].Add(1)
	c.age.Add(int64(age))
}

// HitPrice is what an answer costs that is known, in points.
const HitPrice = 1

// New returns the cache.
func New(o Options) *Answers {
	if o.Scope == nil {
		o.Scope = func(context.Context) string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &Answers{o: o, renewal: renewal{queue: make(chan func(context.Context), renewQueue)}}
	if o.Changes != nil && o.Bytes > 0 {
		a.kept = newStore(o.Bytes)
	}
	return a
}

// Keeps reports whether anything is kept.
func (a *Answers) Keeps() bool { return a.kept != nil }

// Stats returns the numbers for metrics.
func (a *Answers) Stats() Stats {
	c := &a.counts
	s := Stats{Hits: c.hits.Load(), Stale: c.stale.Load(), Misses: c.misses.Load(), Bypasses: c.bypasses.Load(), Stored: c.stored.Load(), Raced: c.raced.Load(), Borrowed: c.borrowed.Load()}
	if a.kept != nil {
		s.Entries, s.Bytes = a.kept.size()
		s.Evicted = a.kept.evicted.Load()
		for i := range s.Ages {
			s.Ages[i] = c.ages[i].Load()
		}
		s.Age = time.Duration(c.age.Load())
	}
	return s
}

// work is what is known of one operation between the steps.
type work struct {
	policy cachepolicy.Policy
	keys   keys
	found  *entry
	at     key    // under which it was found
	stale  bool   // the time of what was found is over
	status string // Cache-Status
	keep   bool   // the answer is to be kept
}

// Why an answer is not taken from the cache, for Cache-Status.
const (
	statusMiss        = "weft; fwd=uri-miss"
	statusStored      = "weft; fwd=uri-miss; stored"
	statusUncacheable = "weft; fwd=bypass; detail=uncacheable"
	statusExplain     = "weft; fwd=bypass; detail=explain"
	statusPosition    = "weft; fwd=bypass; detail=position"
	statusMutation    = "weft; fwd=method"
)

// Find is the step that looks for the answer. It follows the step that says how
// new it has to be, and goes before the budget.
func (a *Answers) Find(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		w := &work{}
		op.Answer = w
		switch op.Type() {
		case ast.Query:
			w.policy = a.o.Model.Of(op)
			if a.kept != nil {
				a.find(ctx, op, w)
			}
		case ast.Mutation:
			if a.kept != nil {
				w.status = statusMutation
			}
		}
		next(ctx, op, send)
	}
}

func (a *Answers) find(ctx context.Context, op *operation.Operation, w *work) {
	switch {
	case w.policy.MaxAge <= 0:
		w.status = statusUncacheable
	case op.Statements.Keep:
		w.status = statusExplain
	case a.o.Changes.Heard(ctx, &op.Reading) != nil:
		w.status = statusPosition
	default:
		w.keys = a.keysOf(ctx, op, w.policy)
		var late time.Duration
		if a.renewal.running.Load() {
			late = w.policy.Stale
		}
		if !a.look(w, late) {
			w.found, w.at = a.borrow(ctx, w), w.keys.shared
		}
		if w.found != nil {
			op.Price = HitPrice
			return
		}
		w.keep, w.status = true, statusMiss
		a.counts.misses.Add(1)
		return
	}
	a.counts.bypasses.Add(1)
}

// look finds an answer that is good. One whose time is over is good for a while
// more: only the time is over, nothing that it depends on has changed.
func (a *Answers) look(w *work, late time.Duration) (found bool) {
	now := a.o.Now()
	for _, key := range w.keys.all() {
		e := a.kept.get(key)
		if e == nil {
			continue
		}
		if now.Before(e.until.Add(late)) && a.o.Changes.Valid(e.stamp, e.depends) {
			w.found, w.at, w.stale = e, key, !now.Before(e.until)
			return true
		}
		a.kept.remove(key, e)
	}
	return false
}

// borrow returns an answer that another instance has made, or nil. Only those for
// everybody are shared.
func (a *Answers) borrow(ctx context.Context, w *work) *entry {
	if a.o.Shared == nil || w.keys.private {
		return nil
	}
	e := a.o.Shared.get(ctx, w.keys.shared)
	if e == nil || !a.o.Now().Before(e.until) {
		return nil
	}
	stamp, ok := a.o.Changes.Adopt(e.stamp.At)
	if !ok || !a.o.Changes.Valid(stamp, e.depends) {
		return nil
	}
	e.stamp = stamp
	a.kept.put(w.keys.shared, e)
	a.counts.borrowed.Add(1)
	return e
}

// Serve is the step that answers with what Find found, and else keeps what comes.
// It follows the budget.
func (a *Answers) Serve(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		switch w, _ := op.Answer.(*work); {
		case w == nil:
			next(ctx, op, send)
		case w.found != nil:
			a.serve(op, w, send)
			if w.stale {
				a.renew(ctx, op, w, next)
			}
		case w.keep:
			a.share(ctx, op, w, next, send)
		default:
			next(ctx, op, func(r *operation.Response) bool {
				a.mark(op, w, r)
				return send(r)
			})
		}
	}
}

// serve answers with what was found.
func (a *Answers) serve(op *operation.Operation, w *work, send operation.Send) {
	op.Actual = HitPrice
	e, now := w.found, a.o.Now()
	age := now.Sub(e.made)
	a.counts.hit(age, w.stale)
	r := &operation.Response{Data: e.data, Age: age, CacheStatus: statusHit(e.until.Sub(now)), ETag: e.tag, Forms: hit{e, a.kept, w.at}}
	a.tell(op, w.policy, r)
	send(r)
}

// share executes an operation, or waits for another that has the same answer.
func (a *Answers) share(ctx context.Context, op *operation.Operation, w *work, next operation.Handler, send operation.Send) {
	done, first := a.flights.join(w.keys.flight())
	if first {
		defer a.flights.leave(w.keys.flight())
	} else {
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
	// Whoever was first may have begun before this one came, or have ended since
	// it looked; but an answer is good for all if it is good now.
	if a.look(w, 0) {
		a.serve(op, w, send)
		return
	}
	a.fill(ctx, op, w, next, send)
}
