package rounds

import "context"

// Task is a resolver or a batch that runs. Several goroutines of its own may wait in its name.
type Task struct {
	scheduler *Scheduler
	// workers has a place for each task that may run at once. A task that waits gives its place to another.
	workers chan struct{}

	// The scheduler's lock guards the rest.

	// waits counts the goroutines that wait.
	waits    int32
	returned bool
	// placeless tasks gave their place away.
	placeless bool
	isBatch   bool
}

// NewTask is a task that Enter has counted in. workers may be nil; else the task must have put something into it.
func (s *Scheduler) NewTask(workers chan struct{}) Task {
	return Task{scheduler: s, workers: workers}
}

// Scheduler is whose rounds the task takes part in.
func (t *Task) Scheduler() *Scheduler { return t.scheduler }

// Key is what a context is asked for to find the task that it belongs to, a *Task.
type Key struct{}

// FromContext gives the task that a context belongs to, nil if there is none.
func FromContext(ctx context.Context) *Task {
	t, _ := ctx.Value(Key{}).(*Task)
	return t
}

// Return counts the task out, and gives its place among the workers to another. Further calls do nothing.
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

// block notes that a goroutine of the task waits. The scheduler's lock is held.
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

// wake notes that a goroutine of the task goes on. The scheduler's lock is held.
func (t *Task) wake() {
	t.scheduler.progress++
	t.waits--
	if t.waits == 0 && !t.returned {
		t.count(1)
	}
}

// count adds to the tasks at work. The scheduler's lock is held.
func (t *Task) count(n int) {
	t.scheduler.working += n
	if t.isBatch {
		t.scheduler.batches += n
	}
}

// resume waits for a place among the workers. The task is at work meanwhile, since it will go on.
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
