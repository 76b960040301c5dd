package graph_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/graphtest"
)

// sample is a mutation as the tests of all mutations send it, with every plain
// field of its payload: its input is what must be there, unless inputs has
// another. ID stands for what it is tried on.
func sample(name string) string {
	schema := graphtest.BreadthFirst(nil, nil, nil).Schema()
	f := schema.Mutation.Fields.ForName(name)
	if f == nil {
		return name // which the server does not know
	}
	input, ok := inputs[name]
	if !ok {
		var values []string
		for _, field := range schema.Types[f.Arguments[0].Type.Name()].Fields {
			if field.Type.NonNull {
				values = append(values, field.Name+": "+value(schema, field.Type))
			}
		}
		input = strings.Join(values, ", ")
	}
	return fmt.Sprintf("%s(input: {%s}) %s", name, input, plain(schema, f.Type.Name(), 2))
}

// inputs are those of mutations that want more than what must be there.
var inputs = map[string]string{
	"createPost":        `title: "x", body: "x", tags: ["x"], publish: true`,
	"updatePost":        `id: "ID", body: "y"`,
	"updateComment":     `id: "ID", body: "y"`,
	"setPostTags":       `id: "ID", tags: ["y"]`,
	"signIn":            `login: "ID", password: "x"`,
	"refreshToken":      `refreshToken: "x"`,
	"signOut":           `everywhere: true`,
	"changePassword":    `currentPassword: "", newPassword: "correct horse battery"`,
	"updateProfile":     `name: "x"`,
	"deleteAccount":     `currentPassword: ""`,
	"setUserRole":       `userId: "ID", role: MODERATOR`,
	"createAccessToken": `name: "x", scopes: ["read"]`,
}

// value is one of an input's type.
func value(schema *ast.Schema, t *ast.Type) string {
	switch def := schema.Types[t.Name()]; {
	case t.Elem != nil:
		return "[" + value(schema, t.Elem) + "]"
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case t.Name() == "ID":
		return `"ID"`
	case t.Name() == "String":
		return `"x"`
	case t.Name() == "Int":
		return "1"
	case t.Name() == "Boolean":
		return "true"
	default:
		return "null" // which the server refuses: name one in inputs
	}
}

// plain selects the fields of a type that are no lists of pages, to a depth.
func plain(schema *ast.Schema, name string, depth int) string {
	var fields []string
	for _, f := range schema.Types[name].Fields {
		of := schema.Types[f.Type.Name()]
		switch {
		case strings.HasPrefix(f.Name, "__") || len(f.Arguments) > 0 || slices.ContainsFunc(f.Directives, isGuard):
		case !of.IsCompositeType():
			fields = append(fields, f.Name)
		case depth > 0:
			fields = append(fields, f.Name+" "+plain(schema, of.Name, depth-1))
		}
	}
	return "{ " + strings.Join(append(fields, "__typename"), " ") + " }"
}

func isGuard(d *ast.Directive) bool {
	return slices.Contains([]string{"authenticated", "requiresScopes", "hasRole"}, d.Name)
}
