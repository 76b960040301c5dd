package server

import (
	"context"
	"sync"
	"time"
)

// deadlines ends the exchanges whose time is over. All have the same timeout,
// so they end in the order in which they began, and a queue and one timer are
// enough. A timer for each exchange would have to be added to the runtime's
// timers and removed again.
type deadlines struct {
	timeout time.Duration

	mu          sync.Mutex
	first, last *exchange
	timer       *time.Timer // nil until the first exchange
	running     bool        // the timer will call expire
}

// add ends x after the timeout, unless x is removed first.
func (d *deadlines) add(x *exchange) {
	x.deadline = x.start.Add(d.timeout)
	d.mu.Lock()
	defer d.mu.Unlock()
	x.earlier = d.last
	if d.last == nil {
		d.first = x
	} else {
		d.last.later = x
	}
	d.last = x
	if !d.running {
		d.run(d.timeout)
	}
}

func (d *deadlines) run(after time.Duration) {
	d.running = true
	if d.timer == nil {
		d.timer = time.AfterFunc(after, d.expire)
		return
	}
	d.timer.Reset(after)
}

// remove takes x out of the queue, unless it has expired.
func (d *deadlines) remove(x *exchange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case x.earlier != nil:
		x.earlier.later = x.later
	case d.first == x:
		d.first = x.later
	default: // expired
		return
	}
	if x.later != nil {
		x.later.earlier = x.earlier
	} else {
		d.last = x.earlier
	}
	x.earlier, x.later = nil, nil
}

// expire ends the exchanges that are due. It sets the timer again for the next
// one, and leaves it stopped when there is none.
func (d *deadlines) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	for d.first != nil && !d.first.deadline.After(now) {
		due := d.first
		if d.first = due.later; d.first == nil {
			d.last = nil
		} else {
			d.first.earlier = nil
		}
		due.later = nil
		due.stop(context.DeadlineExceeded)
	}
	if d.running = d.first != nil; d.running {
		d.run(d.first.deadline.Sub(now))
	}
}
