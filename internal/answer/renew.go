package answer

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/operation"
)

const (
	// renewers is how many answers are made anew at the same time, beside those
	// that somebody waits for; renewQueue is how many wait for it. What finds no
	// place is asked for again by the next hit.
	renewers   = 2
	renewQueue = 64
	// renewPatience is how long one may take.
	renewPatience = 10 * time.Second
)

// renewal makes answers anew whose time is over, in the background.
type renewal struct {
	running atomic.Bool
	queue   chan func(context.Context)
}

// Run makes answers anew that were given although their time was over, until ctx
// ends. Without it none is given.
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

// renew has an answer made anew in the background, unless that is under way. It
// is made as for the caller, who has what was asked for and pays nothing more.
func (a *Answers) renew(ctx context.Context, op *operation.Operation, w *work, next operation.Handler) {
	flight := w.keys.flight()
	if _, first := a.flights.join(flight); !first {
		return
	}
	again := *w // the keys and the policy
	again.found, again.stale = nil, false
	work := func(until context.Context) {
		defer a.flights.leave(flight)
		// The request is over by now; what it carries is not.
		ctx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
		defer stop(nil)
		defer context.AfterFunc(until, func() { stop(context.Cause(until)) })()
		ctx, cancel := context.WithTimeout(ctx, renewPatience)
		defer cancel()
		o := op.Again(stop)
		a.fill(operation.NewContext(ctx, o), o, &again, next, func(*operation.Response) bool { return false })
	}
	select {
	case a.renewal.queue <- work:
	default:
		a.flights.leave(flight)
	}
}
