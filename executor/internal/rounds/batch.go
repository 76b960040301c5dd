package rounds

import (
	"context"
	"sync/atomic"
)

// Runner does the work of a batch.
type Runner interface {
	// Run must not panic. What it loads with ctx runs in later rounds.
	Run(ctx context.Context)
}

// Batch is work that runs when its round ends. It must not be copied.
type Batch struct {
	task   Task
	runner Runner
	// Direct batches do not give way to other goroutines of the waiting task, if no other task takes part in the round.
	Direct bool
	values context.Context
	done   chan struct{}
	// finished is set before done is closed.
	finished atomic.Bool

	// The scheduler's lock guards the rest.

	next *Batch
	// waiting are the tasks that wait for the batch, each once for every goroutine that waits. strangers counts the waits without a task, or
	// with a task of another scheduler.
	waiting   []*Task
	strangers int
}

// Ask puts a batch into the task's next round. The batch runs with the values of ctx.
func (t *Task) Ask(ctx context.Context, b *Batch, r Runner) {
	s := t.scheduler
	b.task, b.runner, b.values, b.done = Task{scheduler: s, isBatch: true}, r, ctx, make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress++
	s.add(b)
}

// Wait waits until the batch has run, on behalf of t, which is nil if it is unknown who waits.
func (b *Batch) Wait(t *Task) {
	if b.finished.Load() {
		return
	}
	s := b.task.scheduler
	if t == nil || t.scheduler != s {
		b.waitAsStranger(t)
		return
	}
	s.mu.Lock()
	if b.finished.Load() {
		s.mu.Unlock()
		return
	}
	t.block()
	b.waiting = append(b.waiting, t)
	var due *Batch
	if b.Direct && s.first == b && b.next == nil && !s.settling {
		due = s.due()
	} else {
		due = s.settle()
	}
	if due == nil {
		s.arm()
	}
	s.mu.Unlock()
	launch(due, b)
	<-b.done
	t.resume()
}

// waitAsStranger is Wait for a task of another scheduler, or for none.
func (b *Batch) waitAsStranger(t *Task) {
	if t != nil {
		s := t.scheduler
		s.mu.Lock()
		t.block()
		due := s.settle()
		s.mu.Unlock()
		launch(due, nil)
		defer func() {
			s.mu.Lock()
			t.wake()
			s.mu.Unlock()
			t.resume()
		}()
	}
	s := b.task.scheduler
	s.mu.Lock()
	b.strangers++
	due := s.due()
	if due == nil {
		s.arm()
	}
	s.mu.Unlock()
	launch(due, b)
	<-b.done
}

// run runs the batch and lets the waiting tasks go on.
func (b *Batch) run() {
	defer b.finish()
	b.runner.Run(&batchContext{b.task.scheduler.Context, b})
}

func (b *Batch) finish() {
	s := b.task.scheduler
	s.mu.Lock()
	s.progress++
	s.running--
	b.tell()
	// The waiting tasks are counted in again before the batch is counted out, so that the round does not end in between.
	if b.task.returned = true; b.task.waits == 0 {
		b.task.count(-1)
	}
	due := s.settle()
	if s.ended != nil && s.running == 0 {
		s.ended.Broadcast()
	}
	s.mu.Unlock()
	launch(due, nil)
}

// tell lets the tasks that wait for the batch go on. The scheduler's lock must be held.
func (b *Batch) tell() {
	for _, t := range b.waiting {
		t.wake()
	}
	b.waiting, b.strangers = nil, 0
	b.finished.Store(true)
	close(b.done)
}

// batchContext is the context that a batch runs with: it has the values of the first caller, and ends with the whole operation.
type batchContext struct {
	context.Context
	batch *Batch
}

// Value implements context.Context.
func (c *batchContext) Value(key any) any {
	if key == any(Key{}) {
		return &c.batch.task
	}
	return c.batch.values.Value(key)
}

// Join waits for the end of the task's round, or until ctx ends.
func (t *Task) Join(ctx context.Context) {
	s := t.scheduler
	s.mu.Lock()
	if s.working == 1 && s.first == nil && t.waits == 0 && !t.returned {
		s.mu.Unlock() // there is no other task
		return
	}
	b := s.joined
	if b == nil {
		b = &Batch{task: Task{scheduler: s}, done: make(chan struct{})}
		s.joined = b
		s.add(b)
	}
	t.block()
	b.waiting = append(b.waiting, t)
	due := s.settle()
	if due == nil && !b.finished.Load() {
		s.arm()
	}
	s.mu.Unlock()
	launch(due, nil)
	select {
	case <-b.done:
	case <-ctx.Done():
		b.abandon(t)
	}
	t.resume()
}

// abandon ends a wait early.
func (b *Batch) abandon(t *Task) {
	s := b.task.scheduler
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, waits := range b.waiting {
		if waits == t {
			b.waiting[i] = b.waiting[len(b.waiting)-1]
			b.waiting = b.waiting[:len(b.waiting)-1]
			t.wake()
			return
		}
	}
}
