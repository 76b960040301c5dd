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
directive @cacheControl(maxAge: Int, scope: Scope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
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
}
type Mutation { add: Book }
type Shelf @cacheControl(inheritMaxAge: true) { books: [Book!]! plain: Plain size: Int! page: Page! }
type Page @cacheControl(inheritMaxAge: true) { more: Boolean! }
type Book @cacheControl(maxAge: 30) { title: String! mine: Boolean! @cacheControl(scope: PRIVATE) fresh: String! @cacheControl(maxAge: 2) author: Author }
type Author @cacheControl(maxAge: 20, scope: PRIVATE) { name: String! }
type Plain { name: String! }
interface Any { id: ID! }
type One implements Any @cacheControl(maxAge: 10) { id: ID! more: Plain }
`

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
		doc, errs := gqlparser.LoadQueryWithRules(schema, c.query, nil)
		if errs != nil {
			t.Fatal(errs)
		}
		op := &operation.Operation{Document: &operation.Document{Text: c.query, AST: doc}, Definition: doc.Operations[0]}
		got := m.Of(op)
		want := cachepolicy.Policy{MaxAge: time.Duration(c.age) * time.Second, Public: c.public, By: c.by}
		if got != want {
			t.Errorf("%s\n got %+v\nwant %+v", c.query, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "test.graphqls", Input: directive + `
type Query {
  a: Int @cacheControl(maxAge: -1)
  b: Int @cacheControl(maxAge: 3, inheritMaxAge: true)
}`})
	_, err := cachepolicy.New(schema)
	for _, want := range []string{
		"test.graphqls:6: Query.a: @cacheControl(maxAge: -1): takes whole seconds, not negative",
		"test.graphqls:7: Query.b: @cacheControl: takes maxAge or inheritMaxAge, not both",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, not %s", err, want)
		}
	}
}
