package executor

import (
	"context"
	"sort"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor/internal/rounds"
)

type resolvingKey struct{}

// resolving is the context of a resolver that is called for all objects of a group. It also carries gqlgen's field context itself, which
// saves one context layer for each resolver.
type resolving struct {
	context.Context
	fc    graphql.FieldContext
	field *Field
	whole bool
	level int
	// task is the resolver's part in the rounds of the level. If a resolver is called for each object, each call has a task of its own; see
	// row.
	task rounds.Task
}

// The keys under which gqlgen looks for its contexts are not exported, but a context sees them when it is asked for a value. The same is
// true of the key for cancellation, which each statement looks up twice.
var (
	cancelKey           = keyOf(func(ctx context.Context) { _ = context.Cause(ctx) })
	fieldContextKey     = keyOf(func(ctx context.Context) { graphql.GetFieldContext(ctx) })
	rootFieldContextKey = keyOf(func(ctx context.Context) { graphql.GetRootFieldContext(ctx) })
	inputsKey           = keyOf(func(ctx context.Context) { _ = graphql.UnmarshalNamedInputFromContext(ctx, "", nil, nil) })
)

func keyOf(ask func(context.Context)) any {
	var asked keyRecorder
	ask(&asked)
	return asked.key
}

type keyRecorder struct {
	context.Context
	key any
}

func (r *keyRecorder) Value(key any) any {
	r.key = key
	return nil
}

// Err returns an error, because only then context.Cause asks for the key.
func (r *keyRecorder) Err() error { return context.Canceled }

// Done implements context.Context.
func (x *execution) Done() <-chan struct{} { return x.done }

// Value implements context.Context.
func (x *execution) Value(key any) any {
	switch key {
	case cancelKey:
		return x.cancel
	case fieldContextKey:
		return &x.rootContext
	case inputsKey:
		return x.unmarshalers
	default:
		return x.Context.Value(key)
	}
}

// unmarshalers is the function that gqlgen finds under inputsKey.
func (x *execution) unmarshalers() *graphql.InputUnmarshalerIndex {
	x.makeInputs.Do(func() { x.inputs = x.schema.bindings.Inputs(x.bound) })
	return x.inputs
}

// rooted is the context of a root field and of the fields below it.
type rooted struct {
	*execution
	root graphql.RootFieldContext
}

// Value implements context.Context.
func (c *rooted) Value(key any) any {
	if key == rootFieldContextKey {
		return &c.root
	}
	return c.execution.Value(key)
}

// Value implements context.Context.
func (c *resolving) Value(key any) any {
	switch key {
	case fieldContextKey:
		return &c.fc
	case any(resolvingKey{}):
		return c
	case any(rounds.Key{}):
		if c.task.Scheduler() == nil {
			return nil
		}
		return &c.task
	default:
		return c.Context.Value(key)
	}
}

// row is the context of a resolver or directive that is called for one of many objects. Its field context, with the path of that object, is
// made on demand.
type row struct {
	*resolving
	x      *execution
	result *result
	index  int
	// task is nil if the objects take turns in one goroutine.
	task *rounds.Task
	fc   atomic.Pointer[graphql.FieldContext]
}

// Value implements context.Context.
func (c *row) Value(key any) any {
	switch {
	case key == any(rounds.Key{}) && c.task != nil:
		return c.task
	case key != fieldContextKey:
		return c.resolving.Value(key)
	}
	if fc := c.fc.Load(); fc != nil {
		return fc
	}
	c.fc.CompareAndSwap(nil, c.x.fieldContext(c.result, c.index))
	return c.fc.Load()
}

// rows returns the contexts for all objects of a result's parents.
func (x *execution) rows(r *result) []row {
	rows := make([]row, r.parents.n)
	for i := range rows {
		rows[i].resolving, rows[i].x, rows[i].result, rows[i].index = r.resolving, x, r, i
	}
	return rows
}

// reporting is a context with the field context of the object whose error is being reported.
type reporting struct {
	context.Context
	fc *graphql.FieldContext
}

// Value implements context.Context.
func (c *reporting) Value(key any) any {
	if key == fieldContextKey {
		return c.fc
	}
	return c.Context.Value(key)
}

// at is the context of a result for one of its parents.
func (x *execution) at(r *result, parent int) context.Context {
	return &reporting{r.ctx, x.fieldContext(r, parent)}
}

// context makes the context of a result's resolver. With a single parent its path is exact; with many it lacks the list positions.
func (x *execution) context(r *result) *resolving {
	c := &resolving{Context: r.ctx, field: r.field, whole: r.whole(), level: r.parents.level}
	c.fc = x.newFieldContext(r.field)
	if r.parents.n == 1 {
		c.fc.Parent = x.parentContext(r.parents, 0)
	} else {
		c.fc.Parent = x.pathless(r.parents)
	}
	r.resolving = c
	return c
}

func (x *execution) newFieldContext(f *Field) graphql.FieldContext {
	return graphql.FieldContext{
		Object:     f.bind.Object,
		Field:      f.collected,
		IsMethod:   f.bind.IsMethod || f.bind.IsResolver,
		IsResolver: f.bind.IsResolver,
		Child:      x.childContext,
	}
}

// fieldContext is gqlgen's field context of a result for one of its parents, including everything above it.
func (x *execution) fieldContext(r *result, parent int) *graphql.FieldContext {
	fc := x.newFieldContext(r.field)
	if r.resolving != nil {
		fc.Args = r.resolving.fc.Args
	}
	fc.Parent = x.parentContext(r.parents, parent)
	return &fc
}

// parentContext is the field context of an object: the one of its field, and below it one for its position in each list.
func (x *execution) parentContext(g *group, object int) *graphql.FieldContext {
	if g.from == nil {
		return &x.rootContext
	}
	return x.elementContext(g.from, wrapped(g.from.field.collected.Definition.Type), g.element(object))
}

// elementContext is the field context of a value that is depth lists deep in a result.
func (x *execution) elementContext(r *result, depth, position int) *graphql.FieldContext {
	indices := make([]int, depth)
	for d := depth - 1; d >= 0; d-- {
		ends := r.gathered.Lists[d]
		list := sort.Search(len(ends), func(i int) bool { return listEnd(ends[i]) > position })
		indices[d] = position
		if list > 0 {
			indices[d] -= listEnd(ends[list-1])
		}
		position = list
	}
	fc := x.fieldContext(r, position)
	for i := range indices {
		fc = &graphql.FieldContext{Parent: fc, Index: &indices[i]}
	}
	return fc
}

// listEnd is where a list ends, also if the list is null.
func listEnd(end int32) int {
	if end < 0 {
		return int(^end)
	}
	return int(end)
}

// pathless is the field context of many objects: the one of their field, without list positions.
func (x *execution) pathless(g *group) *graphql.FieldContext {
	r := g.from
	if r == nil {
		return &x.rootContext
	}
	if r.resolving != nil {
		return &r.resolving.fc
	}
	fc := x.newFieldContext(r.field)
	fc.Parent = x.pathless(r.parents)
	return &fc
}

// child is graphql.FieldContext.Child.
func (x *execution) child(ctx context.Context, field graphql.CollectedField) (*graphql.FieldContext, error) {
	fc := &graphql.FieldContext{Field: field}
	if field.ObjectDefinition == nil {
		return fc, nil
	}
	fc.Object = field.ObjectDefinition.Name
	object := x.schema.bindings.Objects[fc.Object]
	if object == nil || object.Fields[field.Name] == nil {
		return fc, nil
	}
	b := object.Fields[field.Name]
	fc.IsMethod, fc.IsResolver, fc.Child = b.IsMethod || b.IsResolver, b.IsResolver, x.childContext
	if b.Args == nil {
		return fc, nil
	}
	var err error
	fc.Args, err = b.Args(graphql.WithFieldContext(ctx, fc), x.bound, field.ArgumentMap(x.op.Variables))
	return fc, err
}
