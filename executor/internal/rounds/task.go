package rounds

import "context"

// Task is a running resolver or batch. Several goroutines of its own may wait on its behalf.
type Task struct {
	scheduler *Scheduler
	// workers has a place for each task that may run at once. A task that waits gives its place to another.
	workers chan struct{}

	// The scheduler's lock guards the rest.

	// waits counts the goroutines that wait.
	waits    int32
	returned bool
	// placeless is set while the task has given its place away.
	placeless bool
	isBatch   bool
}

// NewTask returns a task that Enter has counted in. workers may be nil; otherwise the caller must have put a value into it for the task.
func (s *Scheduler) NewTask(workers chan struct{}) Task {
	return Task{scheduler: s, workers: workers}
}

// Scheduler is the scheduler in whose rounds the task takes part.
func (t *Task) Scheduler() *Scheduler { return t.scheduler }

// Key is the key under which a context has the task that it belongs to, a *Task.
type Key struct{}

// FromContext returns the task that a context belongs to, or nil.
func FromContext(ctx context.Context) *Task {
	t, _ := ctx.Value(Key{}).(*Task)
	return t
}

// Return counts the task out, and gives its place among the workers to another task. Further calls do nothing.
func (t *Task) Return() {
	s := t.scheduler
	s.mu.Lock()
	if t.returned {
		s.mu.Unlock()
		return
	}
	s.progress++
	t.returned = true
	if t.waits == 0 {
		t.count(-1)
	}
	if t.workers != nil && !t.placeless {
		<-t.workers
	}
	due := s.settle()
	s.mu.Unlock()
	launch(due, nil)
}

// block records that a goroutine of the task waits. The scheduler's lock must be held.
func (t *Task) block() {
	t.scheduler.progress++
	t.waits++
	if t.waits > 1 || t.returned {
		return
	}
	t.count(-1)
	if t.workers != nil && !t.placeless {
		t.placeless = true
		<-t.workers
	}
}

// wake records that a goroutine of the task goes on. The scheduler's lock must be held.
func (t *Task) wake() {
	t.scheduler.progress++
	t.waits--
	if t.waits == 0 && !t.returned {
		t.count(1)
	}
}

// count adds to the number of tasks at work. The scheduler's lock must be held.
func (t *Task) count(n int) {
	t.scheduler.working += n
	if t.isBatch {
		t.scheduler.batches += n
	}
}

// resume waits for a place among the workers. The task counts as at work meanwhile, because it will go on.
func (t *Task) resume() {
	if t.workers == nil {
		return
	}
	s := t.scheduler
	s.mu.Lock()
	mine := t.placeless && t.waits == 0 && !t.returned
	if mine {
		t.placeless = false
	}
	s.mu.Unlock()
	if mine {
		t.workers <- struct{}{}
	}
}
