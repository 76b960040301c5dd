package cachepolicy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/operation"
)

const directive = `
directive @cacheControl(maxAge: Int, scope: Scope, inheritMaxAge: Boolean, staleWhileRevalidate: Int) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
enum Scope { PUBLIC PRIVATE }
`

const sdl = directive + `
type Query {
  shelf: Shelf @cacheControl(maxAge: 60)
  book: Book
  unsaid: Plain
  secret: Book @cacheControl(scope: PRIVATE)
  number: Int
  counted: Int @cacheControl(maxAge: 5)
  any: Any @cacheControl(maxAge: 40)
  news: News @cacheControl(maxAge: 60, staleWhileRevalidate: 30)
}
type News @cacheControl(inheritMaxAge: true) { text: String! books: [Book!]! long: Int @cacheControl(maxAge: 75) short: Int @cacheControl(maxAge: 5, staleWhileRevalidate: 60) }
type Mutation { add: Book }
type Shelf @cacheControl(inheritMaxAge: true) { books: [Book!]! plain: Plain size: Int! page: Page! }
type Page @cacheControl(inheritMaxAge: true) { more: Boolean! }
type Book @cacheControl(maxAge: 30) { title: String! mine: Boolean! @cacheControl(scope: PRIVATE) fresh: String! @cacheControl(maxAge: 2) author: Author }
type Author @cacheControl(maxAge: 20, scope: PRIVATE) { name: String! }
type Plain { name: String! }
interface Any { id: ID! }
type One implements Any @cacheControl(maxAge: 10) { id: ID! more: Plain }
`

func policyOf(t *testing.T, m *cachepolicy.Model, schema *ast.Schema, query string) cachepolicy.Policy {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema, query, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	return m.Of(&operation.Operation{Document: &operation.Document{Text: query, AST: doc}, Definition: doc.Operations[0]})
}

func TestPolicies(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "test.graphqls", Input: sdl})
	m, err := cachepolicy.New(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query  string
		age    int
		public bool
		by     string
	}{
		{`{ shelf { size page { more } } }`, 60, true, "Query.shelf"},
		{`{ shelf { books { title } } }`, 30, true, "Shelf.books"},
		{`{ shelf { books { title fresh } } }`, 2, true, "Book.fresh"},
		{`{ shelf { books { mine } } }`, 30, false, "Shelf.books"},
		{`{ shelf { plain { name } } }`, 0, true, "Shelf.plain"},
		{`{ book { title } }`, 30, true, "Query.book"},
		{`{ book { author { name } } }`, 20, false, "Book.author"},
		{`{ unsaid { name } }`, 0, true, "Query.unsaid"},
		{`{ secret { title } }`, 30, false, "Query.secret"},
		{`{ number }`, 0, true, "Query.number"},
		{`{ counted }`, 5, true, "Query.counted"},
		{`{ a: counted shelf { ...f } } fragment f on Shelf { ... on Shelf { books { fresh } } }`, 2, true, "Book.fresh"},
		{`{ any { id } }`, 40, true, "Query.any"},
		{`{ any { id ... on One { more { name } } } }`, 0, true, "One.more"},
		{`{ __typename }`, 0, true, ""},
		{`{ __schema { types { name } } }`, 0, true, "Query.__schema"},
		{`mutation { add { title } }`, 0, false, "mutation"},
	} {
		got := policyOf(t, m, schema, c.query)
		want := cachepolicy.Policy{MaxAge: time.Duration(c.age) * time.Second, Public: c.public, By: c.by}
		if got != want {
			t.Errorf("%s\n got %+v\nwant %+v", c.query, got, want)
		}
	}
	for query, want := range map[string][2]int{
		`{ news { text } }`:                 {60, 30},
		`{ news { text long } }`:            {60, 15},
		`{ news { text short } }`:           {5, 60},
		`{ news { text long short } }`:      {5, 60},
		`{ news { books { title } } }`:      {30, 0},
		`{ news { text } unsaid { name } }`: {0, 0},
		`{ counted }`:                       {5, 0},
	} {
		if got := policyOf(t, m, schema, query); got.MaxAge != time.Duration(want[0])*time.Second || got.Stale != time.Duration(want[1])*time.Second {
			t.Errorf("%s: got %s and %s more, not %v", query, got.MaxAge, got.Stale, want)
		}
	}
}

func TestFaults(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "test.graphqls", Input: directive + `
type Query {
  a: Int @cacheControl(maxAge: -1)
  b: Int @cacheControl(maxAge: 3, inheritMaxAge: true)
  c: Int @cacheControl(maxAge: 3, staleWhileRevalidate: -3)
  d: Int @cacheControl(staleWhileRevalidate: 3)
}`})
	_, err := cachepolicy.New(schema)
	for _, want := range []string{
		"test.graphqls:6: Query.a: @cacheControl(maxAge: -1): takes whole seconds, not negative",
		"test.graphqls:7: Query.b: @cacheControl: takes maxAge or inheritMaxAge, not both",
		"test.graphqls:8: Query.c: @cacheControl(staleWhileRevalidate: -3): takes whole seconds, not negative",
		"test.graphqls:9: Query.d: @cacheControl: staleWhileRevalidate needs maxAge beside it",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, not %s", err, want)
		}
	}
}
