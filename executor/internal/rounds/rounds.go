// Package rounds decides when the batches of loaders go: in rounds, each at the moment when nobody who could still ask for
// something is at work.
//
// A Task is whoever can ask: a resolver that runs, for one object or for many, and a batch that runs, since its function may load
// from other loaders. A task is at work until it waits for a batch or returns. When none is at work, all batches that were asked
// for go at once, and the next round begins with what they bring.
package rounds

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// DefaultPatience is how long a round waits for tasks that are at work but do not get anywhere.
const DefaultPatience = 10 * time.Millisecond

// batchPatience is how many times as long a round waits for batches: they are known to be under way, and to wait for them keeps
// the number of batches the same however long each takes.
const batchPatience = 100

// Scheduler runs the rounds of tasks that run at the same time. The zero value is ready.
type Scheduler struct {
	// Context is what batches are cancelled by, so that one resolver's deadline does not fail the batch of others.
	Context context.Context
	// Patience is how long a round waits for tasks at work when none of them has asked, waited or returned meanwhile.
	// DefaultPatience if 0.
	Patience time.Duration

	mu sync.Mutex
	// working counts tasks at work, and batches those among them that are batches. running counts batches, at work or not.
	working, batches, running int
	// The batches of the next round, in the order in which they were asked for.
	first, last *Batch
	// joined is the batch of those who only wait for the round.
	joined *Batch
	// settling is set while the one who ends a round gives way to others.
	settling bool
	// progress counts what tasks did.
	progress uint64
	ended    *sync.Cond

	// The timer runs only while somebody waits for a round.
	timer  *time.Timer
	armed  bool
	seen   uint64
	stalls int
}

// Enter counts n tasks in. It is called before the first of them runs.
func (s *Scheduler) Enter(n int) {
	s.mu.Lock()
	s.working += n
	s.mu.Unlock()
}

// End waits for the batches that nobody waited for. It is called when the last task has returned.
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

// due takes the batches of the round if nobody is at work. s.mu is held.
func (s *Scheduler) due() *Batch {
	if s.working > 0 || s.first == nil {
		return nil
	}
	return s.take()
}

// take ends the round and gives its batches. Those that only wait are told already. s.mu is held.
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

// launch runs the batches of a round, own in the caller's goroutine, which waits for it anyway.
func launch(due, own *Batch) {
	isDue := false
	for b := due; b != nil; {
		next := b.next // once it runs, the batch is its own
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

// settle gives the processor to others before a round ends: a resolver that waits may have goroutines of its own which are about to
// ask. s.mu is held.
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

// arm starts the timer for the case that a task at work never gets to ask. s.mu is held.
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

// tick ends the round if somebody waits for it and nobody got anywhere for as long as the patience lasts.
func (s *Scheduler) tick() {
	s.mu.Lock()
	// Tasks that could run and only lack a processor are before this goroutine in the queue.
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

// wanted tells whether somebody waits for a batch of the next round.
func (s *Scheduler) wanted() bool {
	for b := s.first; b != nil; b = b.next {
		if len(b.waiting)+b.strangers > 0 {
			return true
		}
	}
	return false
}
