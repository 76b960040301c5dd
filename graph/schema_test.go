package graph

import (
	"reflect"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/guard"
	"github.com/weftql/weft/internal/content"
)

// TestGuards holds the schema against the rule of its directives.
func TestGuards(t *testing.T) {
	if err := guard.Check(NewSchema(&content.Content{}, nil, nil).Schema()); err != nil {
		t.Error(err)
	}
}

// TestDescriptions wants a description on everything: it is the manual.
func TestDescriptions(t *testing.T) {
	schema := NewSchema(&content.Content{}, nil, nil).Schema()
	for _, d := range schema.Types {
		if d.BuiltIn {
			continue
		}
		missing := func(what string, description string) {
			if description == "" {
				t.Errorf("%s has no description", what)
			}
		}
		missing(d.Name, d.Description)
		for _, f := range d.Fields {
			if len(f.Name) > 1 && f.Name[:2] == "__" {
				continue
			}
			missing(d.Name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				if d.Kind == ast.Object && d.Name != "Mutation" {
					missing(d.Name+"."+f.Name+"("+a.Name+")", a.Description)
				}
			}
		}
		for _, v := range d.EnumValues {
			missing(d.Name+"."+v.Name, v.Description)
		}
	}
}

// TestResolversAreBatchShaped looks for `batch: true` missing in gqlgen.yml: a
// resolver of an object type takes all its parents.
func TestResolversAreBatchShaped(t *testing.T) {
	root := reflect.TypeFor[generated.ResolverRoot]()
	for object := range root.Methods() {
		if slices.Contains([]string{"Query", "Mutation", "Subscription"}, object.Name) {
			continue
		}
		resolvers := object.Type.Out(0)
		for field := range resolvers.Methods() {
			if field.Type.In(1).Kind() != reflect.Slice {
				t.Errorf("%s.%s takes one parent: say batch: true in gqlgen.yml", object.Name, field.Name)
			}
		}
	}
}
