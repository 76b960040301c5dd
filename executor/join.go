package executor

import (
	"context"
	"sync"
)

// Join waits until all other resolvers of the level have called it too, or have returned. A loader that has noted what it is to
// load calls it before loading: what the whole level wants is then known, and goes into one statement. It reports false, without
// waiting, if the resolver is not called with its whole level (see Whole); the loader must then find another moment.
//
// Calling it again waits for the next time that all do. A resolver that takes long without calling it holds up those that do, so
// a level mixes loaders with slow calls of other kinds at a price. It returns early when ctx is done.
func Join(ctx context.Context) bool {
	c, ok := ctx.Value(resolvingKey{}).(*resolving)
	if !ok || !c.whole {
		return false
	}
	if c.level != nil {
		c.level.join(ctx)
	}
	return true
}

// level is the resolvers that run at the same time and with all their objects.
type level struct {
	mu sync.Mutex
	// running resolvers have not returned; waiting ones are among them.
	running, waiting int
	// all is closed when all that run are waiting; then a new one takes its place.
	all chan struct{}
}

// newLevel is nil if nobody has to wait for another.
func newLevel(results []*result) *level {
	running := 0
	for _, r := range results {
		if r.whole() {
			running++
		}
	}
	if running < 2 {
		return nil
	}
	return &level{running: running, all: make(chan struct{})}
}

func (l *level) join(ctx context.Context) {
	l.mu.Lock()
	l.waiting++
	all := l.all
	l.release()
	l.mu.Unlock()
	select {
	case <-all:
	case <-ctx.Done():
	}
}

// leave counts a resolver out.
func (l *level) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	l.release()
}

func (l *level) release() {
	if l.waiting > 0 && l.waiting >= l.running {
		l.waiting = 0
		close(l.all)
		l.all = make(chan struct{})
	}
}
