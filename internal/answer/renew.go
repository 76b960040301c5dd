package answer

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/operation"
)

const (
	// renewers is how many answers are renewed at the same time, in addition to
	// the ones that clients wait for; renewQueue is how many can wait to be
	// renewed. An answer that finds no place is queued again by the next hit.
	renewers   = 2
	renewQueue = 64
	// renewPatience is how long one renewal may take.
	renewPatience = 10 * time.Second
)

// renewal renews answers that are past their time, in the background.
type renewal struct {
	running atomic.Bool
	queue   chan func(context.Context)
}

// Run renews answers that were served although their time was over, until ctx
// ends. While it does not run, such answers are not served.
func (a *Answers) Run(ctx context.Context) {
	a.renewal.running.Store(true)
	defer a.renewal.running.Store(false)
	ended := make(chan struct{}, renewers)
	for range renewers {
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				select {
				case <-ctx.Done():
					return
				case work := <-a.renewal.queue:
					work(ctx)
				}
			}
		}()
	}
	for range renewers {
		<-ended
	}
}

// renew renews an answer in the background, unless that is under way already.
// It runs with the caller's context; the caller has the answer already and pays
// nothing more.
func (a *Answers) renew(ctx context.Context, op *operation.Operation, w *work, next operation.Handler) {
	flight, first := a.flights.join(w.keys.flight())
	if !first {
		return
	}
	again := *w // the keys and the policy
	again.found, again.stale = nil, false
	work := func(until context.Context) {
		defer a.flights.leave(flight)
		// The request has ended by then, but its values are still valid.
		ctx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
		defer stop(nil)
		defer context.AfterFunc(until, func() { stop(context.Cause(until)) })()
		ctx, cancel := context.WithTimeout(ctx, renewPatience)
		defer cancel()
		o := op.Again(stop)
		a.fill(operation.NewContext(ctx, o), o, &again, nil, next, func(*operation.Response) bool { return false })
	}
	select {
	case a.renewal.queue <- work:
	default:
		a.flights.leave(flight)
	}
}
