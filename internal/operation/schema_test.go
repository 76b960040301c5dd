package operation_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// clock is a schema with a subscription: tick counts to n, or forever if n is
// not positive.
type clock struct {
	schema *ast.Schema
	ended  chan struct{} // gets a value when a subscription has ended
}

func newClock(t testing.TB) *clock {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "clock.graphqls", Input: `
		type Query { hello(name: String): String! }
		type Mutation { set: String }
		type Subscription { tick(n: Int!): Int! panic: Int }
	`})
	if err != nil {
		t.Fatal(err)
	}
	return &clock{schema, make(chan struct{}, 10)}
}

func (c *clock) Schema() *ast.Schema { return c.schema }

func (c *clock) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (c *clock) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	field := oc.Operation.SelectionSet[0].(*ast.Field)
	arguments := field.ArgumentMap(oc.Variables)
	if oc.Operation.Operation != ast.Subscription {
		return graphql.OneShot(&graphql.Response{Data: fmt.Appendf(nil, `{%q:%q}`, field.Alias, fmt.Sprint("hello ", arguments["name"]))})
	}
	if field.Name == "panic" {
		return func(context.Context) *graphql.Response { panic("SECRET") }
	}
	n := arguments["n"].(int64)
	events := make(chan int64)
	go func() {
		defer func() { c.ended <- struct{}{} }()
		defer close(events)
		for i := int64(1); n <= 0 || i <= n; i++ {
			select {
			case events <- i:
			case <-ctx.Done():
				return
			}
			if n <= 0 {
				pause(ctx, time.Millisecond)
			}
		}
	}()
	return func(ctx context.Context) *graphql.Response {
		select {
		case i, ok := <-events:
			if !ok {
				return nil
			}
			return &graphql.Response{Data: []byte(`{"` + field.Alias + `":` + strconv.FormatInt(i, 10) + `}`)}
		case <-ctx.Done():
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
