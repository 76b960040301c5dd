package ratelimit

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// FallbackOptions configures Fallback.
type FallbackOptions struct {
	Shared Limiter // needed

	// Check asks the shared store whether it answers and how many instances use
	// it; needed.
	Check func(context.Context) (instances int, err error)

	// Patience is how long a request may wait for the shared accounts. Zero means
	// 5 ms.
	Patience time.Duration

	// Every is how often Check is called. Zero means 1 second. While the store is
	// away Check is called twice as often.
	Every time.Duration

	Logger *slog.Logger // nil discards
}

// Fallback uses shared accounts, and accounts of its own while the shared ones
// do not answer. The first requests wait for Patience at most, later ones do
// not wait, until a check in the background succeeds. Meanwhile each instance
// allows its share of the policy, by the last known number of instances.
type Fallback struct {
	options   FallbackOptions
	local     *Memory
	away      atomic.Bool
	instances atomic.Int64
	faults    atomic.Int64
}

// NewFallback returns a limiter; Run checks the shared store for it.
func NewFallback(o FallbackOptions) *Fallback {
	if o.Patience <= 0 {
		o.Patience = 5 * time.Millisecond
	}
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	f := &Fallback{options: o, local: NewMemory(0)}
	f.instances.Store(1)
	return f
}

// Reserve implements Limiter; it returns no error.
func (f *Fallback) Reserve(ctx context.Context, r Request) (Decision, error) {
	if !f.away.Load() {
		asking, cancel := context.WithTimeout(ctx, f.options.Patience)
		d, err := f.options.Shared.Reserve(asking, r)
		cancel()
		if err == nil {
			return d, nil
		}
		if ctx.Err() == nil { // otherwise the caller left, and the store is well
			f.lose(ctx, err)
		}
	}
	r.Policy = f.share(r.Policy)
	return f.local.Reserve(ctx, r)
}

// Settle implements Limiter.
func (f *Fallback) Settle(ctx context.Context, s Settlement) error {
	if s.Local {
		s.Policy = f.share(s.Policy)
		return f.local.Settle(ctx, s)
	}
	return f.options.Shared.Settle(ctx, s)
}

func (f *Fallback) share(p Policy) Policy { return p.Share(int(f.instances.Load())) }

// Status is what is known of the shared accounts.
type Status struct {
	Away      bool  // accounts are local
	Instances int   // that share the accounts, when last counted
	Faults    int64 // times that the shared accounts were lost
}

// Status returns the numbers for metrics.
func (f *Fallback) Status() Status {
	return Status{f.away.Load(), int(f.instances.Load()), f.faults.Load()}
}

// lose switches to local accounts, and logs it once for all the requests that
// fail.
func (f *Fallback) lose(ctx context.Context, err error) {
	if f.away.CompareAndSwap(false, true) {
		f.faults.Add(1)
		f.options.Logger.WarnContext(ctx, "rate limits are kept by this instance alone: the shared store does not answer",
			"error", err.Error(), "instances", f.instances.Load())
	}
}

// Run checks the shared store until ctx ends. When the store answers again, its
// accounts are used again.
func (f *Fallback) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		f.check(ctx)
		every := f.options.Every
		if f.away.Load() {
			every /= 2
		}
		timer.Reset(every)
	}
}

func (f *Fallback) check(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, max(f.options.Every, 20*f.options.Patience))
	defer cancel()
	instances, err := f.options.Check(asking)
	switch {
	case err == nil:
		f.instances.Store(int64(max(instances, 1)))
		if f.away.CompareAndSwap(true, false) {
			f.options.Logger.InfoContext(ctx, "rate limits are shared again", "instances", instances)
		}
	case ctx.Err() == nil:
		f.lose(ctx, err)
	}
}
