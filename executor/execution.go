package executor

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/binding"
	"github.com/weftql/weft/executor/internal/rounds"
)

// execution is one run of a plan. It is also the operation's context; each root field has a context of its own below it.
type execution struct {
	context.Context
	// done and cancel are the context's Done and its value for cancelKey, because each statement asks for both.
	done   <-chan struct{}
	cancel any
	schema *schema
	op     *graphql.OperationContext
	plan   *plan
	// bound is gqlgen's generated execution context.
	bound any
	// rootContext is the field context of the operation.
	rootContext graphql.FieldContext
	root        group
	// childContext is the method child, bound only once.
	childContext func(context.Context, graphql.CollectedField) (*graphql.FieldContext, error)
	// inputs is made once, when a resolver first asks for it.
	inputs     *graphql.InputUnmarshalerIndex
	makeInputs sync.Once
	// rounds are the rounds of the levels, if the levels run one after another.
	rounds  rounds.Scheduler
	trace   Trace       // nil without an observer
	tracing sync.Mutex  // root fields may run at the same time
	counts  []TypeCount // lent to the trace
	// reported counts the errors of the answer.
	reported atomic.Int64
}

// theRoot is the column of every root; its object has no content.
var theRoot = binding.Roots(1)

func newExecution(ctx context.Context, s *schema, op *graphql.OperationContext, p *plan) *execution {
	x := &execution{Context: ctx, done: ctx.Done(), cancel: ctx.Value(cancelKey), schema: s, op: op, plan: p}
	x.childContext = x.child
	x.rounds.Context, x.rounds.Patience = x, s.patience
	x.bound = s.bindings.Bind(s.ExecutableSchema, op)
	x.rootContext.Object = p.root.object.Name
	x.root.sel, x.root.column, x.root.n = p.root, theRoot, 1
	x.root.results = make([]result, len(p.root.slots))
	x.root.ctx = x
	if s.observer != nil {
		x.trace = s.observer.Begin(ctx, op)
	}
	return x
}

// run resolves everything below a list of results, level by level. The results of a level are resolved concurrently; the next level starts
// when all are done, so that it is as large as possible. run stops between levels when ctx is done. Loaders use the rounds of s, which no
// concurrent run uses.
func (x *execution) run(results []*result, s *rounds.Scheduler) error {
	defer s.End()
	for len(results) > 0 {
		if err := x.Err(); err != nil {
			return err
		}
		x.resolveLevel(results, s)
		x.apart(results)
		var next []*result
		for _, r := range results {
			r.settle()
			x.observe(r)
			next = x.below(r, next)
		}
		results = next
	}
	return nil
}

// resolveLevel runs the resolvers of a level.
func (x *execution) resolveLevel(results []*result, s *rounds.Scheduler) {
	s.Enter(len(results))
	if len(results) == 1 {
		x.resolve(results[0], s)
		return
	}
	var others sync.WaitGroup
	for _, r := range results[1:] {
		others.Go(func() { x.resolve(r, s) })
	}
	x.resolve(results[0], s)
	others.Wait()
}

// below appends the results that the objects of r need next.
func (x *execution) below(r *result, next []*result) []*result {
	for kind := range r.groups {
		if g := &r.groups[kind]; g.n > 0 {
			next = x.expand(g, next)
		}
	}
	return next
}

// expand appends the results that the objects of a group need. Struct fields are read at once and are not a level of their own.
func (x *execution) expand(g *group, next []*result) []*result {
	for slot, f := range g.sel.slots {
		r := &g.results[slot]
		r.field, r.parents, r.ctx = f, g, g.ctx
		if g.from == nil {
			r.ctx = x.rootFieldContext(f)
		}
		if f.bind.Read == nil {
			next = append(next, r)
			continue
		}
		x.read(r)
		r.settle()
		x.observe(r)
		next = x.below(r, next)
	}
	return next
}

// rootFieldContext names a root field in the context, as gqlgen does.
func (x *execution) rootFieldContext(f *Field) context.Context {
	return &rooted{x, graphql.RootFieldContext{Object: f.collected.Name, Field: f.collected}}
}

// hasRootMiddleware reports whether root fields must run one by one, each under the operation's interceptors.
func (x *execution) hasRootMiddleware() bool {
	return codeOf(x.op.RootResolverMiddleware) != x.schema.noRootMiddleware
}

// data runs the operation and returns its data.
func (x *execution) data() []byte {
	switch {
	case x.hasRootMiddleware():
		return x.separate()
	case x.op.Operation.Operation == ast.Mutation:
		return x.serial()
	}
	if err := x.run(x.expand(&x.root, nil), &x.rounds); err != nil {
		return x.stopped(err)
	}
	w := x.newAnswer()
	return x.finish(w, w.object(&x.root, 0))
}

// finish returns what was written, or null.
func (x *execution) finish(w *writer, null bool) []byte {
	if w.lent != nil {
		*w.lent = w.Buf
	}
	switch {
	case x.tooLarge(len(w.Buf)):
		return x.stopped(x.tooLargeError())
	case null:
		return []byte("null")
	}
	x.plan.answered(len(w.Buf))
	return w.Buf
}

// stopped is the answer of an operation that ended early: its context ended between two levels, or its answer is too large.
func (x *execution) stopped(err error) []byte {
	graphql.AddError(x, err)
	return []byte("null")
}
