package executor

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// fault is the reason why a parent has no value. It is reported when the answer is written.
type fault struct {
	kind faultKind
	err  error
	// count is the number of results or errors, for wrongCount.
	count int
	of    string
	// value is the wrong value, for wrongType, or the recovered panic, for faultyArgs.
	value any
}

type faultKind uint8

const (
	// noValue is a nil. It is an error only if null is not allowed.
	noValue faultKind = iota
	// resolverError came from a resolver of one object, a method, or a directive.
	resolverError
	// batchError came from a batch resolver.
	batchError
	// panicked is a recovered panic.
	panicked
	// wrongCount is a batch resolver that returned too few or too many results or errors.
	wrongCount
	// wrongType is a directive that changed the type of the value.
	wrongType
	// faultyArgs are arguments that could not be decoded.
	faultyArgs
)

// allRows means each row.
const allRows = -1

// faults are the faults of one result. Rows may be resolved concurrently.
type faults struct {
	mu    sync.Mutex
	all   *fault
	byRow map[int][]fault
}

// fault records a fault and fails the row. It may be called concurrently for several rows; the lock also guards the failed marks.
func (r *result) fault(row int, f fault) {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	if row == allRows {
		r.faults.all = &f
		for i := range r.parents.n {
			r.fail(i)
		}
		return
	}
	r.faults.add(row, f)
	r.fail(row)
}

func (f *faults) add(row int, noted ...fault) {
	if f.byRow == nil {
		f.byRow = map[int][]fault{}
	}
	f.byRow[row] = append(f.byRow[row], noted...)
}

// noteFaults takes over the faults of one row of another result. It does not fail the row, because directives decide that.
func (r *result) noteFaults(from *result, row int) {
	noted := slices.Clone(from.faults.byRow[row])
	if from.faults.all != nil {
		noted = append(noted, *from.faults.all)
	}
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	r.faults.add(row, noted...)
}

// faulty reports whether there is a fault to report.
func (r *result) faulty() bool { return r.faults.all != nil || r.faults.byRow != nil }

// reportFaults reports the faults of one parent's value, at its path.
func (x *execution) reportFaults(r *result, row int) {
	if all := r.faults.all; all != nil {
		x.report(r, row, *all)
	}
	for _, f := range r.faults.byRow[row] {
		x.report(r, row, f)
	}
}

func (x *execution) report(r *result, row int, f fault) {
	if f.kind == noValue && !r.forbidsNull(row) || !x.mayReport() {
		return
	}
	ctx := x.at(r, row)
	switch f.kind {
	case noValue:
		graphql.AddInvalidNullError(ctx, "")
	case resolverError:
		x.op.Error(ctx, graphql.AddFieldLocationToError(ctx, f.err))
	case batchError:
		x.reportBatchError(ctx, r, row, f.err)
	case wrongCount:
		x.reportBatchError(ctx, r, row, x.countError(r, row, f))
	case panicked:
		x.op.Error(ctx, graphql.ErrorOnPath(ctx, f.err))
	case wrongType:
		graphql.AddErrorf(ctx, "unexpected type %T from middleware/directive chain, should be %T", f.value, r.field.bind.Column.Zero())
	case faultyArgs:
		x.reportArgs(ctx, r, row, f)
	}
}

// reportBatchError does the same as gqlgen: the error of a batch resolver comes first, and the null that it leaves gets a second error.
func (x *execution) reportBatchError(ctx context.Context, r *result, row int, err error) {
	graphql.AddBatchError(ctx, listIndex(ctx), err)
	if r.forbidsNull(row) && r.field.bind.Directives == nil {
		graphql.AddInvalidNullError(ctx, "")
	}
}

// listIndex is the position of the parent in its list, or 0 if it is in no list.
func listIndex(ctx context.Context) int {
	index, _ := graphql.BatchParentIndex(ctx)
	return int(index)
}

func (x *execution) countError(r *result, row int, f fault) error {
	b := r.field.bind
	name := b.Object + "." + b.Name
	if index, inList := graphql.BatchParentIndex(x.at(r, row)); inList {
		return fmt.Errorf("index %d: batch resolver %s returned %d %s for %d parents", index, name, f.count, f.of, r.parents.n)
	}
	return fmt.Errorf("batch resolver %s returned %d %s for %d parents (index %d)", name, f.count, f.of, r.parents.n, row)
}

// reportArgs reports what is wrong with the arguments. They were decoded for the first object. For each other object gqlgen decodes them
// again, with the path of that object, and reports what it finds.
func (x *execution) reportArgs(ctx context.Context, r *result, row int, f fault) {
	switch {
	case row > 0:
	case f.err != nil:
		x.op.Error(ctx, f.err)
		return
	default:
		x.op.Error(ctx, x.op.Recover(ctx, f.value))
		return
	}
	above := &reporting{ctx, graphql.GetFieldContext(ctx).Parent}
	_, _ = r.field.bind.Context(above, x.bound, r.field.collected)
}

// reportNull reports a null that the type does not allow: a value that is depth lists deep in a result.
func (x *execution) reportNull(r *result, t *ast.Type, depth, position int) {
	if !x.mayReport() {
		return
	}
	ctx := &reporting{r.ctx, x.elementContext(r, depth, position)}
	graphql.AddInvalidNullError(ctx, t.String())
}
