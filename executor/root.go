package executor

import (
	"context"
	"io"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/internal/rounds"
)

// serial runs the root fields of a mutation one after the other, each with everything below it. Each is written before the next one runs,
// because the next one may change the same objects.
func (x *execution) serial() []byte {
	x.expand(&x.root, nil)
	w := x.newAnswer()
	null := false
	w.Buf = append(w.Buf, '{')
	for i, f := range x.root.sel.fields {
		w.key(i, f)
		if f.kind == typename {
			continue
		}
		r := &x.root.results[f.slot]
		if err := x.runField(r, &x.rounds); err != nil {
			return x.stopped(err)
		}
		if w.result(r, 0) && r.forbidsNull(0) {
			null = true
		}
	}
	w.Buf = append(w.Buf, '}')
	return x.finish(w, null)
}

// runField runs one root field with everything below it.
func (x *execution) runField(r *result, s *rounds.Scheduler) error {
	if r.field.bind.Read != nil {
		return x.run(x.below(r, nil), s)
	}
	return x.run([]*result{r}, s)
}

// separate runs each root field separately, under the operation's root field interceptors, which see its whole value. The root fields of a
// query run concurrently.
func (x *execution) separate() []byte {
	fields := x.root.sel.fields
	values := make([]graphql.Marshaler, len(fields))
	x.expand(&x.root, nil)
	var all sync.WaitGroup
	for i, f := range fields {
		switch {
		case f.kind == typename:
			continue
		case x.op.Operation.Operation == ast.Mutation:
			values[i] = x.intercepted(f)
		default:
			all.Go(func() { values[i] = x.intercepted(f) })
		}
	}
	all.Wait()
	w := x.newAnswer()
	null := false
	w.Buf = append(w.Buf, '{')
	for i, f := range fields {
		w.key(i, f)
		if f.kind == typename {
			continue
		}
		start := len(w.Buf)
		values[i].MarshalGQL(w)
		if string(w.Buf[start:]) == "null" && f.nonNull {
			null = true
		}
	}
	w.Buf = append(w.Buf, '}')
	return x.finish(w, null)
}

// intercepted runs a root field under the interceptors and returns its value.
func (x *execution) intercepted(f *Field) (value graphql.Marshaler) {
	r := &x.root.results[f.slot]
	ctx := r.ctx
	defer func() {
		if p := recover(); p != nil {
			x.op.Error(ctx, x.op.Recover(ctx, p))
			value = graphql.Null
		}
	}()
	return x.op.RootResolverMiddleware(ctx, func(ctx context.Context) graphql.Marshaler {
		r.ctx = ctx
		if err := x.runField(r, &rounds.Scheduler{Context: ctx, Patience: x.schema.patience}); err != nil {
			graphql.AddError(ctx, err)
			return graphql.Null
		}
		w := x.newWriter()
		if null := w.result(r, 0); null || w.full() {
			if w.full() {
				graphql.AddError(ctx, x.tooLargeError())
			}
			return graphql.Null
		}
		return graphql.WriterFunc(func(to io.Writer) { _, _ = to.Write(w.Buf) })
	})
}
