package cost_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/executor/oracletest"
	"github.com/weftql/weft/internal/cost"
)

const directives = `
	directive @cost(weight: Int!, level: Int, rows: Int, rowsUnless: [String!]) on FIELD_DEFINITION | OBJECT
	directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
`

const library = directives + `
	type Query @cost(weight: 20) {
		node(id: ID!): Node
		nodes(ids: [ID!]!): [Node]! @listSize(slicingArguments: ["ids"])
		books(first: Int, last: Int): BookConnection! @listSize(assumedSize: 20, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
		search(first: Int = 5, kind: Kind = ALL): [Result!]! @listSize(assumedSize: 5, slicingArguments: ["first"], requireOneSlicingArgument: false)
			@cost(weight: 100, rows: 700, rowsUnless: ["kind: NAMES", "kind: NONE"])
	}
	enum Kind { ALL NAMES NONE }
	type Mutation { add(title: String!): Book addMany(titles: [String!]!): AddPayload dear: Book @cost(weight: 500) }
	type AddPayload { book: Book }
	interface Node { id: ID! owner: Node }
	union Result = Book | Author
	type PageInfo { hasNextPage: Boolean! }
	type BookConnection { edges: [BookEdge!]! nodes: [Book!]! pageInfo: PageInfo! totalCount: Int! @cost(weight: 30, level: 2, rows: 35) }
	type BookEdge { cursor: String! node: Book! }
	type Book implements Node @cost(weight: 3) {
		id: ID! owner: Node title(upper: Boolean): String! html: String! @cost(weight: 40) author: Author!
		pages(first: Int): [Page!]! @listSize(assumedSize: 10, slicingArguments: ["first"], requireOneSlicingArgument: false)
	}
	type Author implements Node { id: ID! owner: Node name: String! books(first: Int, last: Int): BookConnection! @listSize(assumedSize: 20, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false) }
	type Page @cost(weight: 0) { text: String! }
`

func model(t testing.TB) (*ast.Schema, *cost.Model) {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "test.graphqls", Input: library})
	if err != nil {
		t.Fatal(err)
	}
	m, wrong := cost.NewModel(schema)
	if wrong != nil {
		t.Fatal(wrong)
	}
	return schema, m
}

func compile(t testing.TB, schema *ast.Schema, m *cost.Model, query string) *cost.Price {
	t.Helper()
	doc, err := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return m.Compile(doc, doc.Operations[0])
}

func TestPoints(t *testing.T) {
	const L, M = cost.DefaultLevel, cost.DefaultMutation
	schema, m := model(t)
	for _, c := range []struct {
		query     string
		variables map[string]any
		want      int64
	}{
		{"{ node(id: 1) { id } }", nil, 20 + L + 3},
		{"{ node(id: 1) { id ... on Author { name } } }", nil, 20 + L + 3},
		{"{ node(id: 1) { ... on Author { books(first: 2) { nodes { id } } } } }", nil, 20 + 2*L + 1 + 2*3},
		{"{ books { nodes { id } } }", nil, 20 + L + 20*3},
		{"{ books(first: 7) { nodes { id } } }", nil, 20 + L + 7*3},
		{"{ books(last: 7) { edges { cursor node { title } } } }", nil, 20 + L + 7*1},
		{"{ books(first: 0) { totalCount nodes { id } } }", nil, 20 + L + 30 + 7},
		{"{ books(first: 2) { nodes { author { name } pages { text } html } } }", nil, 20 + 3*L + 2*(3+1+40)},
		{"{ books(first: 2) { nodes { author { books(first: 3) { nodes { id } } } } } }", nil, 20 + 3*L + 2*(3+1+3*3)},
		{"query($n: Int) { books(first: $n) { nodes { id } } }", map[string]any{"n": int64(4)}, 20 + L + 4*3},
		{"query($n: Int) { books(first: $n) { nodes { id } } }", map[string]any{"n": nil}, 20 + L + 20*3},
		{"query($n: Int) { books(first: $n) { nodes { id } } }", nil, 20 + L + 20*3},
		{"query($n: Int) { books(first: $n) { nodes { id } } }", map[string]any{"n": int64(-4)}, 20 + L},
		{"query($n: Int) { books(first: $n) { nodes { id } } }", map[string]any{"n": int64(1e18)}, cost.Most},
		{"{ search { __typename } }", nil, 20 + 100 + 100 + 5*3},
		{"{ search(kind: NAMES) { __typename } }", nil, 20 + 100 + 5*3},
		{"query($k: Kind) { search(kind: $k) { __typename } }", map[string]any{"k": "NONE"}, 20 + 100 + 5*3},
		{"query($k: Kind) { search(kind: $k) { __typename } }", map[string]any{"k": "ALL"}, 20 + 100 + 100 + 5*3},
		{"query($k: Kind) { search(kind: $k) { __typename } }", nil, 20 + 100 + 100 + 5*3},
		{"query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": []any{"a", "b"}}, 20 + L + 2*3},
		{"query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": "a"}, 20 + L + 3},
		{`{ nodes(ids: ["a", "b", "c"]) { id } }`, nil, 20 + L + 3*3},
		{`{ nodes(ids: "a") { id } }`, nil, 20 + L + 3},
		{"{ search(first: 2) { ... on Author { books(first: 9) { nodes { id } } } ... on Book { html } } }", nil, 20 + 2*100 + L + 2*(3+40)},
		{"{ a: books(first: 1) { nodes { id } } b: books(first: 1) { nodes { id } } }", nil, 20 + 2*L + 2*3},
		{"{ books(first: 1) { nodes { id } } books(first: 1) { nodes { html } } }", nil, 20 + L + 3 + 40},
		{"query($b: Boolean!) { books(first: 1) @include(if: $b) { nodes { id } } }", map[string]any{"b": false}, 20},
		{"query($b: Boolean!) { books(first: 1) { nodes { id html @skip(if: $b) } } }", map[string]any{"b": false}, 20 + L + 43},
		{"query($b: Boolean!) { ...F @include(if: $b) books(first: 1) { nodes { id } } } fragment F on Query { books(first: 1) { nodes { html } } }", map[string]any{"b": false}, 20 + L + 3},
		{"query($b: Boolean!) { ...F @include(if: $b) books(first: 1) { nodes { id } } } fragment F on Query { books(first: 1) { nodes { html } } }", map[string]any{"b": true}, 20 + L + 43},
		{"{ books(first: 1) @skip(if: true) { nodes { id } } }", nil, 20},
		{`mutation { add(title: "x") { id } }`, nil, M + 3},
		{`mutation { a: add(title: "x") { id } b: add(title: "x") { id } dear { id } }`, nil, 2*(M+3) + 503},
		{`mutation { addMany(titles: ["x"]) { book { author { name } } } }`, nil, M + 1 + L + 3 + 1},
		{`query($ids: [ID!]!) { nodes(ids: $ids) { id owner { id } } }`, map[string]any{"ids": []any{"a", "b"}}, 20 + 3*L + 2*(3+3)},
		{"{ __schema { types { name } } }", nil, 20 + 3*cost.IntrospectionField},
		{"{ __typename }", nil, 20},
	} {
		if got := compile(t, schema, m, c.query).Points(c.variables); got != c.want {
			t.Errorf("%s with %v costs %d, want %d", c.query, c.variables, got, c.want)
		}
	}
}

func TestExplain(t *testing.T) {
	schema, m := model(t)
	p := compile(t, schema, m, "query($n: Int) { books(first: $n) { totalCount nodes { title html author { name } } } node(id: 1) { owner { id } } }")
	variables := map[string]any{"n": int64(10)}
	lines := p.Explain(variables)
	var sum int64
	var got []string
	for _, l := range lines {
		sum += l.Points
		got = append(got, fmt.Sprintf("%s %d %d", l.Path, l.Points, l.Objects))
	}
	want := []string{
		" 20 1", "books 100 1", "books.totalCount 37 1", "books.nodes 30 10", "books.nodes.title 0 10", "books.nodes.html 400 10",
		"books.nodes.author 110 10", "books.nodes.author.name 0 10", "node 103 1", "node.owner 103 1", "node.owner.id 0 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if sum != p.Points(variables) {
		t.Errorf("the paths come to %d, the operation to %d", sum, p.Points(variables))
	}
	if top := p.Heaviest(variables, 2); len(top) != 2 || top[0].Path != "books.nodes.html" {
		t.Errorf("heaviest %v", top)
	}
}

// TestSchemaFaults holds each fault against its message and place.
func TestSchemaFaults(t *testing.T) {
	for sdl, want := range map[string]string{
		"type Query { all: [Thing!]! } type Thing { id: ID! }":                                                                                     "test.graphqls:4: Query.all is a list of objects: give it @listSize",
		"type Query { c: TC } type TC { nodes: [Thing!]! } type Thing { id: ID! }":                                                                 "TC.nodes is a list of objects: give it @listSize, or name it in sizedFields of Query.c",
		"type Query { a(first: Int): [Thing!] @listSize(slicingArguments: [\"frist\"]) } type Thing { id: ID! }":                                   `Query.a: @listSize: slicingArguments: there is no argument "frist"`,
		"type Query { a(first: String): [Thing!] @listSize(slicingArguments: [\"first\"]) } type Thing { id: ID! }":                                `there is no argument "first" that is an Int or a list`,
		"type Query { a: TC @listSize(assumedSize: 5, sizedFields: [\"node\"]) } type TC { nodes: [Thing!]! } type Thing { id: ID! }":              `sizedFields: TC has no list "node"`,
		"type Query { a: Thing @listSize(assumedSize: 5) } type Thing { id: ID! }":                                                                 "the field is no list",
		"type Query { a(first: Int): [Thing!] @listSize(slicingArguments: [\"first\"], requireOneSlicingArgument: false) } type Thing { id: ID! }": "say assumedSize",
		"type Query { a: Int @cost(weight: 1, level: -1) }":                                                                                        "@cost(level: -1): points and rows are not negative",
		"type Query { a: Int @cost(weight: 1, rows: -7) }":                                                                                         "@cost(rows: -7): points and rows are not negative",
		"type Query { a(k: Int): Int @cost(weight: 1, rows: 7, rowsUnless: [\"l: 1\"]) }":                                                          `@cost(rowsUnless: "l: 1"): want an argument of the field and a value`,
		"type Query { a: Int @cost(weight: -1) }":                                                                                                  "points and rows are not negative",
	} {
		schema, err := gqlparser.LoadSchema(&ast.Source{Name: "test.graphqls", Input: directives + sdl})
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong := cost.NewModel(schema); wrong == nil || !strings.Contains(wrong.Error(), want) {
			t.Errorf("%s\ngives %v\nwant %s", sdl, wrong, want)
		}
	}
}

// TestOracle prices random operations as a naive pricer does that knows the
// variables and expands everything.
func TestOracle(t *testing.T) {
	schema, m := model(t)
	for seed := range uint64(3_000) {
		against(t, schema, m, seed)
	}
}

func FuzzOracle(f *testing.F) {
	schema, m := model(f)
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { against(t, schema, m, seed) })
}

func against(t *testing.T, schema *ast.Schema, m *cost.Model, seed uint64) {
	t.Helper()
	g := oracletest.New(schema, seed)
	g.Depth, g.Fields = 6, 40
	kind := ast.Query
	if seed%10 == 0 {
		kind = ast.Mutation
	}
	o := g.Operation(kind)
	doc, err := gqlparser.LoadQueryWithRules(schema, o.Query, rules.NewDefaultRules())
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, o.Query)
	}
	variables := defaulted(doc.Operations[0], o.Variables)
	got := m.Compile(doc, doc.Operations[0]).Points(variables)
	var explained int64
	for _, line := range m.Compile(doc, doc.Operations[0]).Explain(variables) {
		explained += line.Points
	}
	if explained != got && got < cost.Most/2 {
		t.Fatalf("seed %d: costs %d, its paths %d, with %v:\n%s", seed, got, explained, variables, o.Query)
	}
	n := naive{schema, doc, variables}
	if want := n.operation(doc.Operations[0]); got != want {
		t.Fatalf("seed %d: costs %d, want %d, with %v:\n%s", seed, got, want, variables, o.Query)
	}
}

// defaulted are the variables with the defaults of those that are not there.
func defaulted(operation *ast.OperationDefinition, given map[string]any) map[string]any {
	all := make(map[string]any)
	for _, v := range operation.VariableDefinitions {
		if value, ok := given[v.Variable]; ok {
			all[v.Variable] = value
		} else if v.DefaultValue != nil {
			all[v.Variable], _ = v.DefaultValue.Value(nil)
		}
	}
	return all
}

// TestBounded compiles documents that were made to take long.
func TestBounded(t *testing.T) {
	schema, m := model(t)
	deep := strings.Repeat("owner { ... on Book { owner { id } } ... on Author { ", 40) + "id" + strings.Repeat(" } }", 40)
	// A selection that is on an interface at each level, told apart at each.
	nested := "id"
	for range 60 {
		nested = "owner { id ... on Book { title } " + nested + " }"
	}
	for name, query := range map[string]string{
		"doubling fragments": doubling(24),
		"nested interfaces":  "{ node(id: 1) { " + nested + " } }",
		"deep":               "{ node(id: 1) { " + deep + " } }",
		"aliases":            "{ " + strings.Repeat("books(first: 1000000000) { nodes { id } } ", 1_000) + " }",
	} {
		doc, err := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
		if err != nil {
			t.Fatal(name, err)
		}
		allocs := testing.AllocsPerRun(1, func() { m.Compile(doc, doc.Operations[0]) })
		if allocs > 2_000_000 {
			t.Errorf("%s takes %.0f allocations", name, allocs)
		}
	}
	if p := compile(t, schema, m, doubling(24)); p.Points(nil) != cost.Most {
		t.Errorf("a document beyond the bound costs %d", p.Points(nil))
	}
}

func doubling(n int) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query { node(id: 1) { id } }", n)
	return b.String()
}

func TestNoAllocations(t *testing.T) {
	schema, m := model(t)
	p := compile(t, schema, m, "query($n: Int) { books(first: $n) { nodes { author { books(first: $n) { nodes { html } } } } } node(id: 1) { ... on Book { html } ... on Author { name } } }")
	variables := map[string]any{"n": int64(10)}
	if n := testing.AllocsPerRun(100, func() { p.Points(variables) }); n != 0 {
		t.Errorf("pricing takes %.0f allocations", n)
	}
}

// TestLists wants each list with its size and with what says so.
func TestLists(t *testing.T) {
	schema, m := model(t)
	p := compile(t, schema, m, `query ($n: Int, $ids: [ID!]!, $more: Boolean!) {
		books(first: $n, last: 4) { totalCount edges { node { pages @include(if: $more) { text } author { books { nodes { id } } } } } }
		nodes(ids: $ids) { id ... on Author { books(first: 2) { nodes { id } } } }
		search { ... on Book { title } }
	}`)
	sizes, conditions := p.Variables()
	if !slices.Equal(sizes, []string{"ids", "n"}) || !slices.Equal(conditions, []string{"more"}) {
		t.Errorf("the price depends on %v and %v", sizes, conditions)
	}
	for _, c := range []struct {
		variables map[string]any
		want      []cost.List
	}{
		{map[string]any{"n": int64(3), "ids": []any{"a", "b"}, "more": true}, []cost.List{
			{Path: "books.edges", Size: 4, Objects: 4, By: "last: 4"},
			{Path: "books.edges.node.pages", Size: 10, Objects: 40, By: "assumedSize"},
			{Path: "books.edges.node.author.books.nodes", Size: 20, Objects: 80, By: "assumedSize"},
			{Path: "nodes", Size: 2, Objects: 2, By: "ids: $ids"},
			{Path: "nodes.books.nodes", Size: 2, Objects: 4, By: "first: 2"},
			{Path: "search", Size: 5, Objects: 5, By: "first: 5"},
		}},
		{map[string]any{"n": int64(6), "ids": []any{}}, []cost.List{
			{Path: "books.edges", Size: 6, Objects: 6, By: "first: $n"},
			{Path: "books.edges.node.author.books.nodes", Size: 20, Objects: 120, By: "assumedSize"},
			{Path: "nodes", Size: 0, Objects: 0, By: "ids: $ids"},
			{Path: "nodes.books.nodes", Size: 2, Objects: 0, By: "first: 2"},
			{Path: "search", Size: 5, Objects: 5, By: "first: 5"},
		}},
	} {
		if diff := cmp.Diff(c.want, p.Lists(c.variables)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.variables, diff)
		}
	}
}
