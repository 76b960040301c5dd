package executor

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor/internal/rounds"
)

// resolve gets the values of a field for all its parents. It reports no errors: faults are kept with the result until the answer is
// written, when the path of each error is known. It never panics.
func (x *execution) resolve(r *result, s *rounds.Scheduler) {
	ctx := x.context(r)
	ctx.task = s.NewTask(nil)
	defer ctx.task.Return()
	defer x.timed(r)()
	b := r.field.bind
	if b.Args != nil && !x.decodeArgs(ctx, r) {
		return
	}
	switch {
	case b.Directives != nil:
		x.directed(r)
	case b.Batch != nil:
		r.column = x.batch(r.resolving, r)
	default:
		x.each(r)
	}
	if ctx.fc.NonNull {
		for i := range r.parents.n {
			r.require(i)
		}
	}
}

func (r *result) require(row int) {
	if r.required == nil {
		r.required = make([]bool, r.parents.n)
	}
	r.required[row] = true
}

// decodeArgs decodes the arguments, which are the same for all parents, at the path of the first parent. Faulty arguments fail every
// parent; for the others the faults are found again, at the path of each, when they are reported.
func (x *execution) decodeArgs(ctx *resolving, r *result) (ok bool) {
	var first context.Context = ctx
	if r.parents.n > 1 {
		first = &row{resolving: ctx, x: x, result: r}
	}
	defer func() {
		if p := recover(); p != nil {
			r.fault(allRows, fault{kind: faultyArgs, value: p})
			ok = false
		}
	}()
	args, err := r.field.bind.Args(first, x.bound, r.field.raw(x.op.Variables))
	if err != nil {
		r.fault(allRows, fault{kind: faultyArgs, err: err})
		return false
	}
	ctx.fc.Args = args
	return true
}

// batch calls a batch resolver and returns its column, or nil if the column cannot be used.
func (x *execution) batch(ctx context.Context, r *result) (column any) {
	defer func() {
		if p := recover(); p != nil {
			r.fault(allRows, fault{kind: batchError, err: x.op.RecoverFunc(ctx, p)})
			column = nil
		}
	}()
	b := r.field.bind
	column, err := b.Batch(ctx, x.bound, r.parents.column)
	perRow, isPerRow := err.(graphql.BatchErrors) //nolint:errorlint // gqlgen does not look below the error either
	switch n := r.parents.n; {
	case err != nil && !isPerRow:
		r.fault(allRows, fault{kind: batchError, err: err})
	case b.Column.Len(column) != n:
		r.fault(allRows, fault{kind: wrongCount, count: b.Column.Len(column), of: "results"})
	case isPerRow && len(perRow.Errors()) != n:
		r.fault(allRows, fault{kind: wrongCount, count: len(perRow.Errors()), of: "errors"})
	default:
		if isPerRow {
			for i, err := range perRow.Errors() {
				if err != nil {
					r.fault(i, fault{kind: batchError, err: err})
				}
			}
		}
		return column
	}
	return nil
}

// each calls a resolver or method that takes one object at a time. If gqlgen calls it concurrently, so does each: a call may be waiting for
// a loader that other calls must join.
func (x *execution) each(r *result) {
	b := r.field.bind
	r.column = b.Column.Make(r.parents.n)
	if r.parents.n == 1 {
		x.one(r.resolving, r, 0)
		return
	}
	rows := x.rows(r)
	if !b.Concurrent {
		for i := range rows {
			x.one(&rows[i], r, i)
		}
	} else {
		x.concurrently(r, rows, func(i int) { x.one(&rows[i], r, i) })
	}
	r.takeRequired(rows)
}

// concurrently calls do for each row, with at most as many calls at work at once as gqlgen would make. A call that waits for a loader gives
// its place to another, so that a round knows what all of them want.
func (x *execution) concurrently(r *result, rows []row, do func(i int)) {
	scheduler := r.resolving.task.Scheduler()
	var workers chan struct{}
	if limit := x.schema.bindings.WorkerLimit; limit > 0 {
		workers = make(chan struct{}, limit)
	}
	tasks := make([]rounds.Task, len(rows))
	scheduler.Enter(len(rows))
	r.resolving.task.Return() // the calls take its place
	var calls sync.WaitGroup
	for i := range rows {
		if workers != nil {
			workers <- struct{}{}
		}
		tasks[i] = scheduler.NewTask(workers)
		rows[i].task = &tasks[i]
		calls.Go(func() {
			defer tasks[i].Return()
			do(i)
		})
	}
	calls.Wait()
}

// one gets the value for one parent.
func (x *execution) one(ctx context.Context, r *result, i int) {
	defer x.recover(ctx, r, i)
	value, err := r.field.bind.Each(ctx, x.bound, r.parents.column, i)
	r.put(i, value, err)
}

// recover limits a panic to the row in which it happened.
func (x *execution) recover(ctx context.Context, r *result, i int) {
	if p := recover(); p != nil {
		r.fault(i, fault{kind: panicked, err: x.op.RecoverFunc(ctx, p)})
	}
}

// put stores what a resolver or the directives around it returned for one parent.
func (r *result) put(i int, value any, err error) {
	switch {
	case err != nil:
		r.fault(i, fault{kind: resolverError, err: err})
	case value == nil:
		r.fault(i, fault{kind: noValue})
	case !r.field.bind.Column.Set(r.column, i, value):
		r.fault(i, fault{kind: wrongType, value: value})
	}
}

// read takes the values of a struct field. It may panic if a parent lacks the embedded struct that the field is promoted from; then it
// takes the values one by one.
func (x *execution) read(r *result) {
	defer func() {
		if recover() != nil {
			x.context(r)
			r.column = r.field.bind.Column.Make(r.parents.n)
			rows := x.rows(r)
			for i := range rows {
				x.one(&rows[i], r, i)
			}
		}
	}()
	r.column = r.field.bind.Read(r.parents.column)
}

// directed runs the directives of a field for each parent. The first parent that gets through to a batch resolver calls it for all parents,
// with the context that its directives made, as in gqlgen. The errors of the batch resolver count for the parents that get through.
func (x *execution) directed(r *result) {
	b := r.field.bind
	r.column = b.Column.Make(r.parents.n)
	inner := &result{field: r.field, parents: r.parents, ctx: r.ctx, resolving: r.resolving}
	var once sync.Once
	var whole any // what the batch resolver returned
	rows := x.rows(r)
	one := func(i int) {
		ctx := &rows[i]
		defer x.recover(ctx, r, i)
		next := func(ctx context.Context) (any, error) {
			changed := ctx != context.Context(&rows[i])
			if changed && b.Write == nil {
				r.carry(i, ctx)
			}
			if b.Batch == nil {
				return b.Each(ctx, x.bound, r.parents.column, i)
			}
			once.Do(func() {
				if !changed {
					ctx = r.resolving
				}
				whole = x.batch(ctx, inner)
			})
			if inner.hasFailed(i) {
				r.noteFaults(inner, i)
				return nil, nil
			}
			return b.Column.Get(whole, i), nil
		}
		value, err := b.Directives(ctx, x.bound, r.parents.column, i, next)(ctx)
		r.put(i, value, err)
	}
	if b.Concurrent && b.Batch == nil {
		x.concurrently(r, rows, one)
	} else {
		for i := range rows {
			one(i)
		}
	}
	r.takeRequired(rows)
}

// takeRequired finds the rows for which graphql.MarkNonNull was called.
func (r *result) takeRequired(rows []row) {
	for i := range rows {
		if fc := rows[i].fc.Load(); fc != nil && fc.NonNull {
			r.require(i)
		}
	}
}
