package answer

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/operation"
)

// fill executes an operation, and keeps its answer if it may be kept. It leaves
// the answer in f for those who wait; f is nil if nobody does.
func (a *Answers) fill(ctx context.Context, op *operation.Operation, w *work, f *flight, next operation.Handler, send operation.Send) {
	fill := a.o.Changes.Start(ctx)
	op.Depends = &depend.Recorder{}
	next(ctx, op, func(r *operation.Response) bool {
		a.mark(op, w, r)
		if !keepable(r) || fill == nil {
			return send(r)
		}
		read := op.Depends.Noted()
		if read.Statements != op.Statements.Count() {
			// It read something that was not noted.
			return send(r)
		}
		k := w.keys.to(read.ByViewer)
		w.keys.byViewer(read.ByViewer)
		stamp, ok := fill.End(ctx, read)
		now := a.o.Now()
		e := &entry{
			data: append([]byte(nil), r.Data...), tag: tagOf(r.Data), depends: read.Keys, stamp: stamp,
			made: now, until: now.Add(jitter(w.policy.MaxAge)),
		}
		if f != nil && k == f.key && fill.Held(ctx) {
			f.answer, f.fill = e, fill
		}
		if !ok {
			a.counts.raced.Add(1)
			return send(r)
		}
		a.kept.put(k, e)
		if a.o.Shared != nil && k == w.keys.shared {
			a.publish(k, e, now)
		}
		a.counts.stored.Add(1)
		r.CacheStatus = statusStored
		return send(r)
	})
}

// keepable reports whether an answer is complete: an answer with an error may
// be better the next time.
func keepable(r *operation.Response) bool {
	return r.Status == operation.Executed && r.Data != nil && len(r.Errors) == 0 && len(r.Extensions) == 0
}

// jitter shortens a time by up to a tenth, so that answers kept at the same
// time do not all expire together.
func jitter(d time.Duration) time.Duration { return d - rand.N(d/10+1) }

// mark sets on a new response what clients may do with it.
func (a *Answers) mark(op *operation.Operation, w *work, r *operation.Response) {
	r.CacheStatus = w.status
	if op.QueriesOnly && w.policy.MaxAge > 0 && keepable(r) {
		r.ETag = tagOf(r.Data)
		a.tell(op, w.policy, r)
	}
}
