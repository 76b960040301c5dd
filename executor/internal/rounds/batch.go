package rounds

import (
	"context"
	"sync/atomic"
)

// Runner does the work of a batch.
type Runner interface {
	// Run must not panic. What it loads by ctx goes in later rounds.
	Run(ctx context.Context)
}

// Batch is work that goes when its round ends. It must not be copied.
type Batch struct {
	task   Task
	runner Runner
	// Direct batches do not give way to goroutines of the task that waits, where nobody else takes part in the round.
	Direct bool
	values context.Context
	done   chan struct{}
	// finished is set before done is closed.
	finished atomic.Bool

	// The scheduler's lock guards the rest.

	next *Batch
	// waiting are the tasks that wait for the batch, each as often as it has goroutines that do. strangers have no task, or one
	// of another scheduler.
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

// Wait waits until the batch has run, in the name of t, which is nil if nobody knows who waits.
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

// run runs the batch and lets those go on who wait for it.
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
	// Those who waited are at work again before the batch is not.
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

// tell lets those go on who wait for the batch. The scheduler's lock is held.
func (b *Batch) tell() {
	for _, t := range b.waiting {
		t.wake()
	}
	b.waiting, b.strangers = nil, 0
	b.finished.Store(true)
	close(b.done)
}

// batchContext is what a batch runs with: the values of who asked first, and the end of the whole operation.
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
		s.mu.Unlock() // nobody else is there
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

// abandon takes back a wait.
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
