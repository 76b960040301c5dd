// Package rounds decides when the batches of loaders run: in rounds, each at the moment when nothing is at work that could still ask for
// something.
//
// A Task is anything that can ask: a running resolver, for one object or for many, and a running batch, because its function may load from
// other loaders. A task is at work until it waits for a batch or returns. When none is at work, all requested batches run at once, and the
// next round begins with what they return.
package rounds

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// DefaultPatience is how long a round waits for tasks that are at work but make no progress.
const DefaultPatience = 10 * time.Millisecond

// batchPatience is how many times as long a round waits for batches: they are known to be under way, and waiting for them keeps the number
// of batches the same however long each takes.
const batchPatience = 100

// Scheduler runs the rounds of tasks that run at the same time. The zero value is ready.
type Scheduler struct {
	// Context cancels the batches, so that one resolver's deadline does not fail the batch of others.
	Context context.Context
	// Patience is how long a round waits for tasks at work while none of them asks, waits or returns. 0 means DefaultPatience.
	Patience time.Duration

	mu sync.Mutex
	// working counts the tasks at work, and batches counts the batches among them. running counts batches, at work or not.
	working, batches, running int
	// The batches of the next round, in the order in which they were requested.
	first, last *Batch
	// joined is the batch of the tasks that only wait for the round.
	joined *Batch
	// settling is set while the task that ends a round gives way to others.
	settling bool
	// progress counts the steps that tasks have made.
	progress uint64
	ended    *sync.Cond

	// The timer runs only while a task waits for a round.
	timer  *time.Timer
	armed  bool
	seen   uint64
	stalls int
}

// Enter counts n tasks in. It must be called before the first of them runs.
func (s *Scheduler) Enter(n int) {
	s.mu.Lock()
	s.working += n
	s.mu.Unlock()
}

// End waits for the batches for which no task waited. It must be called after the last task has returned.
func (s *Scheduler) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.running > 0 {
		if s.ended == nil {
			s.ended = sync.NewCond(&s.mu)
		}
		s.ended.Wait()
	}
	if s.timer != nil {
		s.timer.Stop()
		s.armed = false
	}
}

// add puts a batch into the next round.
func (s *Scheduler) add(b *Batch) {
	if s.last == nil {
		s.first = b
	} else {
		s.last.next = b
	}
	s.last = b
}

// due takes the batches of the round if no task is at work. s.mu must be held.
func (s *Scheduler) due() *Batch {
	if s.working > 0 || s.first == nil {
		return nil
	}
	return s.take()
}

// take ends the round and returns its batches. It lets tasks that only wait for the round go on at once. s.mu must be held.
func (s *Scheduler) take() *Batch {
	var due, last *Batch
	for b := s.first; b != nil; b = b.next {
		if b.runner == nil {
			b.tell()
			continue
		}
		s.working++
		s.batches++
		s.running++
		if last == nil {
			due = b
		} else {
			last.next = b
		}
		last = b
	}
	if last != nil {
		last.next = nil
	}
	s.first, s.last, s.joined = nil, nil, nil
	return due
}

// launch runs the batches of a round. own runs in the caller's goroutine, which waits for it anyway.
func launch(due, own *Batch) {
	isDue := false
	for b := due; b != nil; {
		next := b.next // a running batch may change it
		if b == own {
			isDue = true
		} else {
			go b.run()
		}
		b = next
	}
	if isDue {
		own.run()
	}
}

// settle gives the processor to others before a round ends, because a waiting resolver may have goroutines of its own that are about to
// ask. s.mu must be held.
func (s *Scheduler) settle() *Batch {
	if s.settling || s.working > 0 || s.first == nil {
		return nil
	}
	s.settling = true
	for range 8 {
		seen := s.progress
		s.mu.Unlock()
		runtime.Gosched()
		s.mu.Lock()
		if s.progress == seen {
			break
		}
	}
	s.settling = false
	return s.due()
}

// arm starts the timer, in case a task at work never asks. s.mu must be held.
func (s *Scheduler) arm() {
	if s.armed {
		return
	}
	s.armed, s.seen, s.stalls = true, s.progress, 0
	if s.timer == nil {
		s.timer = time.AfterFunc(s.patience(), s.tick)
	} else {
		s.timer.Reset(s.patience())
	}
}

func (s *Scheduler) patience() time.Duration {
	if s.Patience > 0 {
		return s.Patience
	}
	return DefaultPatience
}

// tick ends the round if a task waits for it and there was no progress for as long as the patience lasts.
func (s *Scheduler) tick() {
	s.mu.Lock()
	// Tasks that could run and only lack a processor are in the queue before this goroutine.
	for range 2 {
		s.mu.Unlock()
		runtime.Gosched()
		s.mu.Lock()
	}
	switch {
	case !s.wanted():
		s.armed = false
	case s.progress != s.seen:
		s.seen, s.stalls = s.progress, 0
		s.timer.Reset(s.patience())
	case s.working == s.batches && s.stalls < batchPatience:
		s.stalls++
		s.timer.Reset(s.patience())
	default:
		s.armed = false
		due := s.take()
		s.mu.Unlock()
		launch(due, nil)
		return
	}
	s.mu.Unlock()
}

// wanted reports whether a task waits for a batch of the next round.
func (s *Scheduler) wanted() bool {
	for b := s.first; b != nil; b = b.next {
		if len(b.waiting)+b.strangers > 0 {
			return true
		}
	}
	return false
}
