package executor_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/oracletest"
)

// observer records what it is told.
type observer struct {
	mu    sync.Mutex
	lines []string
	open  int
}

func (o *observer) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, fmt.Sprintf(format, args...))
}

func (o *observer) Begin(context.Context, *graphql.OperationContext) executor.Trace {
	o.open++
	return o
}

func (o *observer) Left(_ context.Context, _ *graphql.OperationContext, reason string) {
	o.note("left: %s", reason)
}

func (o *observer) Field(s executor.FieldStats) {
	o.note("%s: %d %s.%s: %d -> %d %v timed %t failed %d", s.Field.Path(), s.Level, s.Object, s.Field.Name(), s.Parents, s.Objects, s.Types, !s.Start.IsZero(), s.Failed)
}

func (o *observer) End() { o.open-- }

func observed(query string) *observer {
	o := &observer{}
	es := generated.NewBreadthFirstSchema(testschema.NewConfig(), executor.WithObserver(o))
	oracletest.Run(testschema.NewContext(context.Background(), testschema.Scenario{Seed: 1}), es, oracletest.Operation{Query: query})
	slices.Sort(o.lines)
	return o
}

func TestObserver(t *testing.T) {
	for query, want := range map[string]string{
		`{ users(first: 2) { id posts(first: 2) { id } } version }`: "users.posts: 1 User.posts: 2 -> 4 [{Post 4}] timed true failed 0 | " +
			"users: 0 Query.users: 1 -> 2 [{User 2}] timed true failed 0 | version: 0 Query.version: 1 -> 0 [] timed true failed 0",
		`{ p: page { edges { node { id } } } }`: "p.edges.node: 1 Edge.node: 2 -> 2 [{Post 2}] timed false failed 0 | " +
			"p.edges: 1 Page.edges: 1 -> 2 [{Edge 2}] timed false failed 0 | p: 0 Query.page: 1 -> 1 [{Page 1}] timed true failed 0",
		`{ __schema { queryType { name } } }`: "left: introspection",
		`{ nodes(ids: ["user:1"]) { id } }`:   "nodes: 0 Query.nodes: 1 -> 1 [{User 1}] timed true failed 0",
	} {
		o := observed(query)
		if got := strings.Join(o.lines, " | "); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", query, got, want)
		}
		if o.open != 0 {
			t.Errorf("%s: %d traces were not ended", query, o.open)
		}
	}
	if o := observed(`subscription { ticks(n: 2) { n user { id } } }`); o.open != 0 || len(o.lines) == 0 {
		t.Errorf("a subscription left %d traces open: %v", o.open, o.lines)
	}
}
