package executor

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestArguments checks the arguments of the operation's last field, which is on objects of type T, or G.
func TestArguments(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
		interface I { f(id: ID): String }
		type T implements I { f(id: ID, extra: String): String }
		directive @upper on ARGUMENT_DEFINITION
		type G { f(id: ID @upper): String }
		type Query { i: I t: T g: G q(extra: String): String }`})
	variables := map[string]any{"id": "1", "extra": "2"}
	for name, tt := range map[string]struct {
		query string
		want  map[string]any
		kept  bool // nothing is made for the request
	}{
		"Variables":     {`query ($id: ID, $extra: String) { t { f(id: $id, extra: $extra) } }`, variables, true},
		"OnInterface":   {`query ($id: ID, $extra: String) { q(extra: $extra) i { f(id: $id) } }`, map[string]any{"id": "1"}, false},
		"OneLeftOut":    {`query ($id: ID, $extra: String) { q(extra: $extra) t { f(id: $id) } }`, map[string]any{"id": "1"}, false},
		"OtherName":     {`query ($other: ID, $extra: String) { t { f(id: $other, extra: $extra) } }`, map[string]any{"extra": "2"}, false},
		"Literal":       {`{ t { f(id: 7) } }`, map[string]any{"id": int64(7)}, true},
		"LiteralOfMany": {`query ($extra: String) { q(extra: $extra) t { f(id: "x", extra: $extra) } }`, map[string]any{"id": "x", "extra": "2"}, false},
		"Guarded":       {`query ($id: ID, $extra: String) { q(extra: $extra) g { f(id: $id) } }`, map[string]any{"id": "1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			op := gqlparser.MustLoadQueryWithRules(schema, tt.query, nil).Operations[0]
			root := op.SelectionSet[len(op.SelectionSet)-1].(*ast.Field)
			f := &Field{collected: graphql.CollectedField{Field: root.SelectionSet[0].(*ast.Field)}}
			object := root.Definition.Type.Name()
			if object == "I" {
				object = "T"
			}
			f.arguments = planArguments(f.collected, object, op)
			if diff := cmp.Diff(tt.want, f.raw(variables)); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
			if kept := f.arguments.fixed != nil || f.arguments.variables; kept != tt.kept {
				t.Errorf("kept: %v, want %v", kept, tt.kept)
			}
		})
	}
}
