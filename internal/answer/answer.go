// Package answer caches the answers to whole queries for as long as the schema
// allows and nothing that they depend on has changed. It also tells clients,
// and the caches between, for how long they may keep an answer.
//
// It has two steps, Find before the caller's budget and Serve after it, so that
// a cached answer costs next to nothing. What may be kept is in
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
	"github.com/weftql/weft/internal/rediscache"
)

// Options configures New. Model is required.
type Options struct {
	Model *cachepolicy.Model

	// Changes knows which answers are still valid. Default: nothing is kept
	// here, but clients are told what they may keep.
	Changes *cache.Changes

	// Bytes bounds the size of the cache. With 0 nothing is kept.
	Bytes int

	// Shared is asked for answers that are not cached here. Default: there is
	// none.
	Shared *rediscache.Cache

	// Scope returns who is asking: the same text for callers who get the same
	// answers to all queries. Default: all callers are alike.
	Scope func(context.Context) string

	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Answers is the cache of answers. Its methods are safe for concurrent use.
type Answers struct {
	o       Options
	kept    *store // nil: nothing is kept
	flights flights
	renewal renewal
	counts  counts
}

type counts struct {
	hits, stale, misses, bypasses, stored, raced, collapsed, borrowed atomic.Int64

	ages [len(AgeBounds) + 1]atomic.Int64 // of hits
	age  atomic.Int64                     // sum of all ages, in nanoseconds
}

// AgeBounds are the bounds of Stats.Ages.
var AgeBounds = [...]time.Duration{
	100 * time.Millisecond, time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, time.Hour,
}

// Stats are counts since the start; Entries and Bytes are the current values.
type Stats struct {
	Hits      int64 // answers that were cached
	Stale     int64 // of the hits, those whose time was over
	Misses    int64 // answers that were not cached
	Bypasses  int64 // queries whose answers are not kept, or may not be used
	Stored    int64
	Raced     int64 // answers not kept because something changed meanwhile
	Collapsed int64 // of the misses, those that were given the answer of another one that was not kept
	Borrowed  int64 // of the hits, those made by another instance
	Evicted   int64 // answers removed to make room for others
	Entries   int
	Bytes     int64

	// Ages counts hits by the age of the answer: up to each of AgeBounds, and
	// beyond the last. Age is the sum of all these ages.
	Ages [len(AgeBounds) + 1]int64
	Age  time.Duration
}

// hit counts a hit of an answer of the given age.
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

// HitPrice is what a cached answer costs, in points.
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

// Keeps reports whether answers are kept.
func (a *Answers) Keeps() bool { return a.kept != nil }

// Stats returns the numbers for metrics.
func (a *Answers) Stats() Stats {
	c := &a.counts
	s := Stats{Hits: c.hits.Load(), Stale: c.stale.Load(), Misses: c.misses.Load(), Bypasses: c.bypasses.Load(), Stored: c.stored.Load(), Raced: c.raced.Load(), Collapsed: c.collapsed.Load(), Borrowed: c.borrowed.Load()}
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

// work is what is known about one operation between the two steps.
type work struct {
	policy cachepolicy.Policy
	keys   keys
	found  *entry
	at     key    // the key under which it was found
	stale  bool   // the answer found is past its time
	status string // Cache-Status
	keep   bool   // the answer will be kept
}

// Why an answer does not come from the cache, for Cache-Status.
const (
	statusMiss        = "weft; fwd=uri-miss"
	statusStored      = "weft; fwd=uri-miss; stored"
	statusCollapsed   = "weft; fwd=uri-miss; collapsed"
	statusUncacheable = "weft; fwd=bypass; detail=uncacheable"
	statusExplain     = "weft; fwd=bypass; detail=explain"
	statusPosition    = "weft; fwd=bypass; detail=position"
	statusMutation    = "weft; fwd=method"
)

// Find is the step that looks for the answer. It comes after the step that
// decides how fresh the answer must be, and before the budget.
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

// look finds a valid answer. An answer past its time stays valid for late more:
// it is only old, and nothing that it depends on has changed.
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

// borrow returns an answer that another instance has made, or nil. Only answers
// that are the same for everybody are shared.
func (a *Answers) borrow(ctx context.Context, w *work) *entry {
	if a.o.Shared == nil || w.keys.private {
		return nil
	}
	e := a.fetch(ctx, w.keys.shared)
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

// Serve is the step that answers with what Find found, or else executes the
// operation and keeps its answer. It comes after the budget.
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

// serve answers with the answer that was found.
func (a *Answers) serve(op *operation.Operation, w *work, send operation.Send) {
	op.Actual = HitPrice
	e, now := w.found, a.o.Now()
	age := now.Sub(e.made)
	a.counts.hit(age, w.stale)
	r := &operation.Response{Data: e.data, Age: age, CacheStatus: statusHit(e.until.Sub(now)), ETag: e.tag, Forms: hit{e, a.kept, w.at}}
	a.tell(op, w.policy, r)
	send(r)
}
