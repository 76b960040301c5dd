package executor_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/oracletest"
)

const fixedUserFields = `id name nick age ratio maybeRatio big active joined seen birth balance savings color mood moods size tags notes strictNotes matrix meta any title initials greeting(at: "2001-01-01") lookup email shout token
	profile { bio links level owner { id } city { name } } address { street zip user { id } } addresses { street user { name } } maybeAddresses { street zip } score(scale: 3) maybeScore ranks count`

var fixed = []string{
	`{ version }`,
	`{ users { ` + fixedUserFields + ` } }`,
	`{ users(first: 4) { id posts { name author { name friends { id posts(first: 1) { id replies { id } } } } tags { label color posts { id } } } } maybeUsers { id best { id parent { id } } } }`,
	`{ nodes { __typename id ... on User { name boss { id partner { name } } } ... on Post { body owners { id } } ... on Box { label inner { id content { ... on User { id } ... on Cell { x } } } items { __typename } } } }`,
	`{ things { __typename ... on User { favorites { ... on Node { id } ... on Named { nick name } } } ... on Cell { x y mark content { id } } } }`,
	`{ grid(w: 3) { x y content { id } } cube { x mark } }`,
	`{ chain { value next { value maybeNext { list { value user { name } } } maybeList { value next { value } } loose { value next { value } } } } maybeChain { value } }`,
	`{ echo(filter: {name: "abc", colors: [RED], nested: {min: null}, ids: [["a"]]}, at: "2020-01-01") words maybeWords colors floats secret me { id email manager { id guardedPosts { id } } slow slowBox { id } } shout page { edges { cursor node { id name } } nodes { id } total info { more end } } }`,
	`query ($at: Date = "2020-01-01", $text: String = "t") { plainEcho(at: $at) again: plainEcho(text: $text) both: plainEcho(at: $at, text: $text) none: plainEcho words }`,
	`query ($color: Color = RED, $text: String) { plainEcho(color: $color, text: $text) crossed: plainEcho(text: $text, color: GREEN) }`,
	`{ echo(at: "nonsense") users { posts(since: "never") { id } greeting(at: "never") } }`,
	`mutation { a: bump { value user { id } query { version users { id } } } b: bump(by: 3) { value } rename(id: "user:1", name: "Al") { id name } c: tryBump { value } }`,
	`subscription { ticks { n user { id name } } }`,
	`subscription { guarded { id friends { id } } }`,
	`{ bags { label size user { id home { street user { id } } nick } } users { home { zip } } }`,
	`{ users { motto(style: "long") id } user(id: "user:1") { motto place(kind: "x") { street } } users2: users { place(kind: "longer") { zip } motto(at: "never") } }`,
	`{ users { twin { id name twin { id } } twins { id where } } }`,
	`mutation { a: tally { value } b: tally(by: 2) { value } c: tally { value query { version } } }`,
	`{ scoped { where wheres within { where wheres friends { where } } } scopedUsers { where wheres within { where withinOne { where wheres partner { where } } } } users { within { where } withinOne { where } } }`,
	`mutation { bump { maybeQuery { version } again: maybeQuery(note: "a") { version users { id } } } tally { guardedQuery(note: "far too long") { version } } }`,
	`mutation { bump { guardedQuery(note: "ok") { version users { id } } } tally { value guardedQuery(note: "ok", at: "never") { version } } }`,
	`{ __schema { queryType { name } } }`,
}

// executors are the executor under test and gqlgen's, which is always right.
type executors struct{ stock, breadthFirst graphql.ExecutableSchema }

func newExecutors() executors {
	return executors{
		stock:        generated.NewExecutableSchema(testschema.NewConfig()),
		breadthFirst: generated.NewBreadthFirstSchema(testschema.NewConfig()),
	}
}

// compare runs an operation on both and returns gqlgen's answers and the difference. For some seeds there is an interceptor of root fields,
// which makes root fields run one by one.
func (e executors) compare(s testschema.Scenario, op oracletest.Operation) ([]oracletest.Answer, string) {
	documents := graphql.MapCache[*ast.QueryDocument]{}
	extend := []func(*executor.Executor){func(x *executor.Executor) { x.SetQueryCache(documents) }}
	if s.Seed%8 == 7 {
		extend = append(extend, func(x *executor.Executor) {
			x.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) })
		})
	}
	want := oracletest.Run(testschema.NewContext(context.Background(), s), e.stock, op, extend...)
	got := oracletest.Run(testschema.NewContext(context.Background(), s), e.breadthFirst, op, extend...)
	return want, oracletest.Diff(want, got)
}

// TestFixedOperations compares hand-written operations with gqlgen's executor, without and with failures.
func TestFixedOperations(t *testing.T) {
	e := newExecutors()
	for _, query := range fixed {
		for seed := range uint64(20) {
			for _, faults := range []uint64{0, 30, 200} {
				s := testschema.Scenario{Seed: seed, Faults: faults}
				if _, d := e.compare(s, oracletest.Operation{Query: query}); d != "" {
					t.Fatalf("%+v\n%s\n%s", s, query, d)
				}
			}
		}
	}
}

// operations is how many random operations a test run compares.
const operations = 10_000

// TestRandomOperations compares random operations with gqlgen's executor. They are the same each time.
func TestRandomOperations(t *testing.T) {
	e := newExecutors()
	n := operations
	if testing.Short() {
		n /= 10
	}
	var valid, errors int
	for i := range n {
		op, s := randomOperation(e.stock.Schema(), uint64(i))
		want, d := e.compare(s, op)
		if d != "" {
			t.Fatalf("operation %d %+v\n%s\n%v\n%s", i, s, op.Query, op.Variables, d)
		}
		for _, answer := range want {
			if answer.Data != "" {
				valid++
			}
			errors += len(answer.Errors)
		}
	}
	t.Logf("%d operations, %d answers with data, %d errors", n, valid, errors)
	if valid < n*9/10 {
		t.Errorf("only %d of %d operations were executed", valid, n)
	}
}

// randomOperation makes an operation and the scenario that it runs in.
func randomOperation(schema *ast.Schema, seed uint64) (oracletest.Operation, testschema.Scenario) {
	g := oracletest.New(schema, seed)
	g.Value = func(r *rand.Rand, coordinate string, t *ast.Type) (any, bool) {
		switch {
		case t.Name() == "ID" && t.Elem == nil && strings.Contains(coordinate, "(id"):
			return fmt.Sprintf("%s:%d", []string{"user", "post", "box", "none"}[r.IntN(4)], r.IntN(9)), true
		case strings.HasSuffix(coordinate, "(first:)") && t.NonNull:
			return r.IntN(4), true
		}
		return nil, false
	}
	g.Scalar = func(r *rand.Rand, name string) any {
		if r.IntN(8) == 0 {
			return "nonsense"
		}
		return "2020-02-02"
	}
	r := rand.New(rand.NewPCG(seed, 1))
	s := testschema.Scenario{Seed: seed, Faults: []uint64{0, 0, 20, 150}[r.IntN(4)]}
	switch r.IntN(12) {
	case 0:
		return g.Operation(ast.Mutation), s
	case 1:
		return g.Operation(ast.Subscription), s
	}
	return g.Operation(ast.Query), s
}

// FuzzOperations searches for operations that the fixed seeds do not make.
func FuzzOperations(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	e := newExecutors()
	f.Fuzz(func(t *testing.T, seed uint64) {
		op, s := randomOperation(e.stock.Schema(), seed)
		if _, d := e.compare(s, op); d != "" {
			t.Fatalf("%+v\n%s\n%v\n%s", s, op.Query, op.Variables, d)
		}
	})
}
