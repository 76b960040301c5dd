package ratelimit

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// FallbackOptions says how Fallback watches over the shared accounts.
type FallbackOptions struct {
	Shared Limiter // needed

	// Check asks the shared store whether it answers, and how many instances
	// use it; needed.
	Check func(context.Context) (instances int, err error)

	// Patience is how much a request may wait for the shared accounts. Zero
	// means 5 ms.
	Patience time.Duration

	// Every is how often Check is asked. Zero means 1 second. While the store
	// is away it is asked twice as often.
	Every time.Duration

	Logger *slog.Logger // nil discards
}

// Fallback uses shared accounts, and accounts of its own while these do not
// answer: a request waits for Patience at most, and those after it not at all,
// until a check in the background succeeds. Meanwhile each instance lets
// through its share of the policy, by the number of instances last known.
type Fallback struct {
	options   FallbackOptions
	local     *Memory
	away      atomic.Bool
	instances atomic.Int64
	faults    atomic.Int64
}

// NewFallback returns a limiter; Run keeps it up to date.
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
		if ctx.Err() == nil { // else the caller has gone, and the store is well
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

// Status is what the shared accounts are known to be.
type Status struct {
	Away      bool  // accounts are local
	Instances int   // that share the accounts, when last known
	Faults    int64 // times that the shared accounts were lost
}

// Status returns the numbers for metrics.
func (f *Fallback) Status() Status {
	return Status{f.away.Load(), int(f.instances.Load()), f.faults.Load()}
}

// lose goes over to local accounts; once for all requests that find out.
func (f *Fallback) lose(ctx context.Context, err error) {
	if f.away.CompareAndSwap(false, true) {
		f.faults.Add(1)
		f.options.Logger.WarnContext(ctx, "rate limits are kept by this instance alone: the shared store does not answer",
			"error", err.Error(), "instances", f.instances.Load())
	}
}

// Run checks the shared store until ctx ends, and goes back to it when it
// answers again.
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
