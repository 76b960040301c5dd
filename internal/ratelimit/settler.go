package ratelimit

import (
	"context"
	"sync/atomic"
	"time"
)

// Settler settles reservations in the background, so that no answer waits for
// it. A settlement that does not fit into the queue is dropped: the reserved
// points come back when the reservation's time is over, and Dropped counts it.
type Settler struct {
	limiter Limiter
	queue   chan Settlement
	dropped atomic.Int64
}

const (
	settlerQueue   = 4096
	settlerWorkers = 4
	// settlePatience bounds one settlement.
	settlePatience = time.Second
)

// NewSettler returns a settler for a limiter; Run must be called to settle.
func NewSettler(l Limiter) *Settler {
	return &Settler{limiter: l, queue: make(chan Settlement, settlerQueue)}
}

// Settle takes a settlement. It settles at once if the account is in this
// process.
func (s *Settler) Settle(t Settlement) {
	if t.Local {
		if err := s.limiter.Settle(context.Background(), t); err != nil {
			s.dropped.Add(1)
		}
		return
	}
	select {
	case s.queue <- t:
	default:
		s.dropped.Add(1)
	}
}

// Dropped is how many settlements found no room in the queue or failed.
func (s *Settler) Dropped() int64 { return s.dropped.Load() }

// Run settles until ctx ends, and then settles what is still queued.
func (s *Settler) Run(ctx context.Context) {
	done := make(chan struct{}, settlerWorkers)
	for range settlerWorkers {
		go func() {
			defer func() { done <- struct{}{} }()
			s.work(ctx)
		}()
	}
	for range settlerWorkers {
		<-done
	}
}

func (s *Settler) work(ctx context.Context) {
	for {
		select {
		case t := <-s.queue:
			s.settle(ctx, t)
		case <-ctx.Done():
			for {
				select {
				case t := <-s.queue:
					s.settle(ctx, t)
				default:
					return
				}
			}
		}
	}
}

func (s *Settler) settle(ctx context.Context, t Settlement) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer cancel()
	if err := s.limiter.Settle(ctx, t); err != nil {
		s.dropped.Add(1)
	}
}
