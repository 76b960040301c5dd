package cost

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/statement"
)

// Observer counts what operations really cost: the weights of the fields that
// were resolved and of the objects that they gave, by groups and not by rows.
// The sum is Operation.Actual. What gqlgen's executor runs is not counted.
type Observer struct {
	model *Model
	left  func(ctx context.Context, reason string)
}

// NewObserver returns an observer for the breadth-first executor. Left is told
// of operations that are left to gqlgen's; it may be nil.
func NewObserver(m *Model, left func(ctx context.Context, reason string)) *Observer {
	return &Observer{m, left}
}

// Begin implements executor.Observer.
func (o *Observer) Begin(ctx context.Context, oc *graphql.OperationContext) executor.Trace {
	op := operation.FromContext(ctx)
	if op == nil {
		return nil
	}
	t := &actual{model: o.model, op: op, recorder: statement.FromContext(ctx)}
	if root := o.model.root(oc.Operation.Operation); root != nil {
		t.points.Store(o.model.types[root.Name])
	}
	return t
}

// Left implements executor.Observer.
func (o *Observer) Left(ctx context.Context, _ *graphql.OperationContext, reason string) {
	if op := operation.FromContext(ctx); op != nil {
		op.Explained.SetLeft(reason)
	}
	if o.left != nil {
		o.left(ctx, reason)
	}
}

// actual is the cost of one execution.
type actual struct {
	model  *Model
	op     *operation.Operation
	points atomic.Int64

	recorder *statement.Recorder // of the rows that statements look at
}

// Field implements executor.Trace.
func (t *actual) Field(s executor.FieldStats) {
	known := t.model.coordinates[coordinate{s.Object, s.Field.Name()}]
	points := t.pointsOf(known, s)
	t.points.Add(points)
	if t.op.Explained != nil {
		if known != nil && known.rows > 0 {
			points = add(points, min(t.examined(s.Field.Path())/RowsPerPoint, known.rows))
		}
		t.op.Explained.AddField(operation.ExplainedField{
			Path: s.Field.Path(), Level: s.Level, Type: s.Object, Parents: s.Parents, Objects: s.Objects,
			Failed: s.Failed, Points: points, MS: float64(s.Duration.Microseconds()) / 1000,
		})
	}
}

// examined is how many rows were looked at for a field: by its own statement, or
// by the one of the list above it, which counts too.
func (t *actual) examined(path string) int64 {
	rows := t.recorder.ExaminedFor(path)
	if end := strings.LastIndexByte(path, '.'); rows == 0 && end > 0 {
		rows = t.recorder.ExaminedFor(path[:end])
	}
	return rows
}

// pointsOf is what a field cost, with the objects that it gave.
func (t *actual) pointsOf(known *field, s executor.FieldStats) int64 {
	if known == nil {
		return 0
	}
	sum := add(known.level, times(int64(s.Parents), known.weight))
	if !known.free {
		for _, objects := range s.Types {
			sum = add(sum, times(int64(objects.Count), t.model.types[objects.Type]))
		}
	}
	return sum
}

// End implements executor.Trace. Rows that were looked at cost no more than the
// estimate has room for.
func (t *actual) End() {
	points := t.points.Load()
	t.op.Actual = add(points, min(t.recorder.Examined()/RowsPerPoint, max(t.op.Price-points, 0)))
}
