package executor

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Observer is told what happens in operations, for traces, explanations and costs. Unlike gqlgen's AroundFields it sees a field once for
// each level, not once for each object, and its use does not move operations to gqlgen's executor. Its methods are called from several
// goroutines.
type Observer interface {
	// Begin is called before an operation is executed breadth-first. If it returns nil, the execution is not traced. The opening of a
	// subscription is an execution, and so is each of its events.
	Begin(ctx context.Context, op *graphql.OperationContext) Trace
	// Left is called for an operation that is left to gqlgen's executor. reason is one of a small number of short texts.
	Left(ctx context.Context, op *graphql.OperationContext, reason string)
}

// Trace is told of one execution, by one goroutine at a time. Its methods must not block.
type Trace interface {
	// Field is called when a field has its values for all objects of its level.
	Field(FieldStats)
	// End is called when the answer is written.
	End()
}

// FieldStats is what a field returned for all objects of one type at its place in the operation.
type FieldStats struct {
	Field *Field
	// Object is the type of the objects that have the field.
	Object string
	// Level counts the resolvers above, from 0. Fields that are read from their objects have the level of those objects, and no times.
	Level int
	// Parents is the number of objects that have the field. Objects is the number of objects that it returned, of all types; 0 for a leaf.
	Parents, Objects int
	// Types counts the returned objects by concrete type. The slice is reused for the next field.
	Types []TypeCount
	// Failed is the number of parents that have no value because of an error.
	Failed int
	// Start and Duration are for all of the field's resolvers together.
	Start    time.Time
	Duration time.Duration
}

// TypeCount is the number of objects of a type.
type TypeCount struct {
	Type  string
	Count int
}

// WithObserver makes o see what is executed. Without an observer nothing is counted and no clock is read.
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

// timed measures the resolvers of a field, if the execution is traced.
func (x *execution) timed(r *result) func() {
	if x.trace == nil {
		return func() {}
	}
	r.timing = &timing{start: time.Now()}
	return func() { r.timing.took = time.Since(r.timing.start) }
}
