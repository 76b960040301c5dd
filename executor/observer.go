package executor

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Observer is told what happens in operations, for traces, explanations and costs. Unlike gqlgen's AroundFields it sees a field once for a
// level, not once for each object, and moves no operation to gqlgen's executor. Its methods are called from several goroutines.
type Observer interface {
	// Begin is called before an operation is executed breadth-first. A nil Trace sees nothing of it. The opening of a
	// subscription is an execution, and so is each of its events.
	Begin(ctx context.Context, op *graphql.OperationContext) Trace
	// Left is called for an operation that is left to gqlgen's executor. Reason says why, in a few words that are few in all.
	Left(ctx context.Context, op *graphql.OperationContext, reason string)
}

// Trace is told of one execution, from one goroutine at a time. The methods must not wait.
type Trace interface {
	// Field is called when the values of a field are there for all objects of its level.
	Field(FieldStats)
	// End is called when the answer is written.
	End()
}

// FieldStats is what a field gave for all objects of one type at its place in the operation.
type FieldStats struct {
	Field *Field
	// Object is the type of the objects that have the field.
	Object string
	// Level counts the resolvers above, from 0. Fields that are read from their objects have the level of these, and no times.
	Level int
	// Parents is how many objects have the field. Objects is how many objects it gave, of all types; 0 for a leaf.
	Parents, Objects int
	// Types are the objects by concrete type, if the field gave any. The slice is used again for the next field.
	Types []TypeCount
	// Failed is how many parents have no value because of an error.
	Failed int
	// Start and Duration are of the field's resolvers together.
	Start    time.Time
	Duration time.Duration
}

// TypeCount is how many objects are of a type.
type TypeCount struct {
	Type  string
	Count int
}

// WithObserver lets o see what is executed. Without it nothing is counted and no clock is read.
func WithObserver(o Observer) Option {
	return func(s *schema) { s.observer = o }
}

// left reports an operation that is left to gqlgen's executor.
func (s *schema) left(ctx context.Context, op *graphql.OperationContext, reason string) {
	if s.observer != nil {
		s.observer.Left(ctx, op, reason)
	}
}

// observe reports a result.
func (x *execution) observe(r *result) {
	if x.trace == nil {
		return
	}
	x.tracing.Lock()
	defer x.tracing.Unlock()
	x.counts = x.counts[:0]
	stats := FieldStats{
		Field: r.field, Object: r.field.bind.Object, Level: r.parents.level, Parents: r.parents.n,
	}
	if r.timing != nil {
		stats.Start, stats.Duration = r.timing.start, r.timing.took
	}
	for kind := range r.groups {
		if n := r.groups[kind].n; n > 0 {
			stats.Objects += n
			x.counts = append(x.counts, TypeCount{r.field.bind.Types[kind], n})
		}
	}
	for _, failed := range r.failed {
		if failed {
			stats.Failed++
		}
	}
	stats.Types = x.counts
	x.trace.Field(stats)
}

// timing is when the resolvers of a field ran.
type timing struct {
	start time.Time
	took  time.Duration
}

// timed measures the resolvers of a field if somebody wants to know.
func (x *execution) timed(r *result) func() {
	if x.trace == nil {
		return func() {}
	}
	r.timing = &timing{start: time.Now()}
	return func() { r.timing.took = time.Since(r.timing.start) }
}
