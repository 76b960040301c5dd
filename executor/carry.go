package executor

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor/internal/rounds"
)

// A directive may add something to the context with which it calls the field's resolver. In gqlgen that context is also used for all fields
// below. Below a single object the context is passed on. Each of many objects may have a context of its own, so one resolver cannot be
// called for the whole level: gqlgen then executes what is below them, object by object.

// carry keeps the context that a parent's directives made for the fields below its value.
func (r *result) carry(row int, ctx context.Context) {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	if r.contexts == nil {
		r.contexts = make([]context.Context, r.parents.n)
	}
	r.contexts[row] = ctx
}

// below is the context of the fields below a result.
func (r *result) below() context.Context {
	if r.contexts != nil && r.parents.n == 1 && r.contexts[0] != nil {
		return r.contexts[0]
	}
	return r.ctx
}

// apart executes the fields below values that have a context of their own. It runs after all resolvers of the level.
func (x *execution) apart(results []*result) {
	var all sync.WaitGroup
	for _, r := range results {
		if r.contexts == nil || r.parents.n == 1 {
			continue
		}
		r.apart = make([]graphql.Marshaler, r.parents.n)
		for i, ctx := range r.contexts {
			if ctx == nil || r.hasFailed(i) {
				continue
			}
			r.fail(i) // for everything else it has no value
			all.Go(func() { r.apart[i] = x.marshalApart(ctx, r, i) })
		}
	}
	all.Wait()
}

func (x *execution) marshalApart(ctx context.Context, r *result, row int) (value graphql.Marshaler) {
	defer func() {
		if p := recover(); p != nil {
			x.op.Error(ctx, x.op.Recover(ctx, p))
			value = graphql.Null
		}
	}()
	return r.field.bind.Marshal(stockContext{ctx}, x.bound, r.field.collected.Selections, r.column, row)
}

// stockContext is a context for gqlgen's executor below this one: loaders find no level in it.
type stockContext struct{ context.Context }

// Value implements context.Context.
func (c stockContext) Value(key any) any {
	switch key {
	case any(resolvingKey{}), any(rounds.Key{}):
		return nil
	}
	return c.Context.Value(key)
}
