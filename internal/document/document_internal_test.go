package document

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/operation"
)

// FuzzLoad looks for documents that crash the limits or validation, or that
// get past the limits and then take long.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"{ a }", "query Q($x: [I!] = [{n: 1}]) { b(i: $x) { ...F ... on T @include(if: true) { a } } } fragment F on T { t { ...G } } fragment G on T { a }",
		"{ ...F } fragment F on Query { ...F t { ...F } }", "{ x: a x: t { a } x: b }", "mutation { a } subscription { a }", `{ b(i: {n: "\u0000"}) }`, "\"\"\"\"\"\" { a }",
		"{ t { t { t { t { ...F } } } } } fragment F on Missing { a ...Missing }",
	} {
		f.Add(seed)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
		type Query { a: Int! b(i: [I!], e: E): T t: T u: U }
		type T implements N { a: Int t: T l: [T!]! }
		type S { a: String }
		interface N { t: T }
		union U = T | S
		input I { n: Int i: I }
		enum E { ONE TWO }
	`})
	cache := NewCache(-1)
	load := operation.Chain(
		func(_ context.Context, _ *operation.Operation, _ operation.Send) {},
		Parse(cache, operation.Limits{}), Limit(operation.Limits{}),
		Validate(cache, schema, Rules{Introspection: true, Suggestions: true}),
	)
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		op := &operation.Operation{Query: text}
		var faults []*gqlerror.Error
		load(t.Context(), op, func(r *operation.Response) bool {
			faults = r.Errors
			return false
		})
		if took := time.Since(start); took > time.Second {
			t.Errorf("took %v", took)
		}
		if (op.Document != nil && op.Document.Valid) == (len(faults) > 0) {
			t.Fatalf("got %v and %v", op.Document, faults)
		}
		for _, fault := range faults {
			if fault.Extensions["code"] == nil || fault.Message == "" || len(fault.Message) > 2*maxMessage {
				t.Errorf("fault %+v", fault)
			}
		}
	})
}

func TestDocumentCache(t *testing.T) {
	c := NewCache(80)
	texts := []string{strings.Repeat("a", 10), strings.Repeat("b", 10), strings.Repeat("c", 10)}
	for _, text := range texts {
		c.add(&operation.Document{Text: text})
		c.add(&operation.Document{Text: text})
	}
	for i := range 6 { // fills the room, with a used meanwhile
		c.get(texts[0])
		c.add(&operation.Document{Text: strings.Repeat(string(rune('d'+i)), 10)})
	}
	if c.get(texts[0]) == nil {
		t.Error("a document in use is gone")
	}
	if c.get(texts[1]) != nil {
		t.Error("the oldest document is still there")
	}
	if c.size > 80 || len(c.byText) != c.recent.Len() {
		t.Errorf("%d bytes in %d and %d entries", c.size, len(c.byText), c.recent.Len())
	}
	if c.add(&operation.Document{Text: strings.Repeat("x", 11)}); c.get(strings.Repeat("x", 11)) != nil {
		t.Error("a document of more than an eighth is kept")
	}
}
