package executor

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// subscribe opens the stream of a subscription. The fields below the root field are then executed breadth-first for each event.
func (s *schema) subscribe(ctx context.Context, op *graphql.OperationContext, p *plan) graphql.ResponseHandler {
	if len(p.root.fields) != 1 || p.root.fields[0].bind == nil || p.root.fields[0].bind.Stream == nil {
		s.left(ctx, op, "a subscription without one stream of its own")
		return s.ExecutableSchema.Exec(ctx)
	}
	f := p.root.fields[0]
	x := newExecution(ctx, s, op, p)
	stream, ok := x.open(f)
	if x.trace != nil {
		x.trace.End()
	}
	if !ok {
		return func(context.Context) *graphql.Response { return nil }
	}
	return func(ctx context.Context) *graphql.Response {
		event, ok := f.bind.Receive(ctx, stream)
		if !ok {
			return nil
		}
		e := newExecution(ctx, s, op, p)
		if e.trace != nil {
			defer e.trace.End()
		}
		return &graphql.Response{Data: e.event(x, event)}
	}
}

// open calls the subscription's resolver, under its directives.
func (x *execution) open(f *Field) (stream any, ok bool) {
	r := &x.root.results[f.slot]
	r.field, r.parents, r.ctx = f, &x.root, x
	ctx := x.context(r)
	if f.bind.Args != nil && !x.decodeArgs(ctx, r) {
		x.reportFaults(r, 0)
		return nil, false
	}
	defer func() {
		if p := recover(); p != nil {
			x.op.Error(ctx, x.op.Recover(ctx, p))
			ok = false
		}
	}()
	resolve := func(ctx context.Context) (any, error) { return f.bind.Stream(ctx, x.bound) }
	if f.bind.Directives != nil {
		resolve = f.bind.Directives(ctx, x.bound, x.root.column, 0, resolve)
	}
	stream, err := resolve(ctx)
	if err != nil {
		x.op.Error(ctx, graphql.AddFieldLocationToError(ctx, err))
		return nil, false
	}
	if stream == nil {
		if f.nonNull {
			graphql.AddInvalidNullError(ctx, "")
		}
		return nil, false
	}
	if f.bind.CheckStream != nil {
		if err := f.bind.CheckStream(stream); err != nil {
			graphql.AddError(ctx, err)
			return nil, false
		}
	}
	return stream, true
}

// event executes the fields below an event of the stream that opened opened.
func (x *execution) event(opened *execution, event any) []byte {
	f := x.root.sel.fields[0]
	r := &x.root.results[f.slot]
	r.field, r.parents, r.ctx, r.column = f, &x.root, x, event
	x.context(r).fc.Args = opened.root.results[f.slot].resolving.fc.Args
	r.settle()
	x.observe(r)
	if err := x.run(x.below(r, nil), &x.rounds); err != nil {
		return x.stopped(err)
	}
	w := x.newWriter()
	return x.finish(w, w.object(&x.root, 0))
}
