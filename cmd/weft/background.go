package main

import (
	"context"
	"sync"
)

// background is what runs beside the requests, until the server stops.
type background struct {
	ctx  context.Context //nolint:containedctx // it is what Stop ends
	stop context.CancelFunc
	all  sync.WaitGroup
}

func newBackground(ctx context.Context) *background {
	ctx, stop := context.WithCancel(ctx)
	return &background{ctx: ctx, stop: stop}
}

// Go runs work until its context ends.
func (b *background) Go(work func(context.Context)) { b.all.Go(func() { work(b.ctx) }) }

// Stop ends the work and waits for it.
func (b *background) Stop() {
	b.stop()
	b.all.Wait()
}
