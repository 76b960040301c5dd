package oracletest

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
)

// Comparison compares two executors of one schema whose resolvers Fill has made.
type Comparison struct {
	Stock, BreadthFirst graphql.ExecutableSchema
	// Types are the Go types of objects.
	Types []reflect.Type
	// Operations is how many random operations are run; zero means 1,000.
	Operations int
	// Leave are the fields to leave out, as Type.field, because the executors are known to differ there.
	Leave []string
}

// maxShown is how many differences are shown before a comparison ends.
const maxShown = 5

// Run runs the comparison and shows what differs. The operations are the same each time.
func (c Comparison) Run(t *testing.T) {
	t.Helper()
	n := c.Operations
	if n == 0 {
		n = 1000
	}
	var data, errors, shown int
	for seed := range uint64(n) {
		op, w := c.operation(seed)
		want, diff := c.compare(t.Context(), w, op)
		if diff != "" {
			t.Errorf("operation %d, %d faults in a thousand\n%s\n%v\n%s", seed, w.Faults, op.Query, op.Variables, diff)
			if shown++; shown == maxShown {
				return
			}
		}
		for _, answer := range want {
			if answer.Data != "" && answer.Data != "null" {
				data++
			}
			errors += len(answer.Errors)
		}
	}
	t.Logf("%d operations compared, %d answers with data, %d errors", n, data, errors)
	if data < n/4 {
		t.Errorf("only %d answers of %d operations have data", data, n)
	}
}

// operation makes an operation and the world that it runs in.
func (c Comparison) operation(seed uint64) (Operation, *World) {
	schema := c.Stock.Schema()
	g := New(schema, seed)
	g.Leave = func(object, field string) bool { return slices.Contains(c.Leave, object+"."+field) }
	w := &World{Schema: schema, Types: c.Types, Seed: seed, Faults: [...]int{0, 0, 20, 100}[seed%4]}
	switch roll := seed / 4 % 10; {
	case roll == 0 && schema.Mutation != nil:
		return g.Operation(ast.Mutation), w
	case roll == 1 && schema.Subscription != nil:
		return g.Operation(ast.Subscription), w
	}
	return g.Operation(ast.Query), w
}

// compare runs an operation on both executors. The second time the breadth-first executor uses a plan that it kept.
func (c Comparison) compare(ctx context.Context, w *World, op Operation) ([]Answer, string) {
	documents := graphql.MapCache[*ast.QueryDocument]{}
	cached := func(x *executor.Executor) { x.SetQueryCache(documents) }
	ctx = w.NewContext(ctx)
	want := Run(ctx, c.Stock, op, cached)
	for range 2 {
		if diff := Diff(want, Run(ctx, c.BreadthFirst, op, cached)); diff != "" {
			return nil, diff
		}
	}
	return want, ""
}
