package oracletest

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// entityScalar is the scalar of federation's _entities(representations:).
const entityScalar = "_Any"

// representation makes what a gateway would send for an entity: the name of its type, the fields of one of its keys and sometimes other
// fields.
func (o *operation) representation() any {
	union := o.schema.Types["_Entity"]
	if union == nil {
		return "scalar"
	}
	types := o.schema.GetPossibleTypes(union)
	def := types[o.rand.IntN(len(types))]
	object := map[string]any{"__typename": def.Name}
	var sets []string
	for _, d := range def.Directives.ForNames("key") {
		sets = append(sets, d.Arguments.ForName("fields").Value.Raw)
	}
	if len(sets) > 0 && !o.chance(3) {
		words := strings.Fields(strings.NewReplacer("{", " { ", "}", " } ", ",", " ").Replace(sets[o.rand.IntN(len(sets))]))
		o.keys(object, def, words)
	}
	for _, f := range def.Fields {
		if o.schema.Types[f.Type.Name()].IsLeafType() && o.chance(20) {
			object[f.Name] = o.value("", f.Type, 1)
		}
	}
	return object
}

// keys puts the fields of a set such as "id owner { name }" into an object, and returns the words after its closing brace.
func (o *operation) keys(object map[string]any, def *ast.Definition, words []string) []string {
	for len(words) > 0 && words[0] != "}" {
		name := words[0]
		words = words[1:]
		f := def.Fields.ForName(name)
		if f == nil {
			return nil
		}
		if len(words) == 0 || words[0] != "{" {
			object[name] = o.value("", f.Type, 1)
			continue
		}
		inner := map[string]any{}
		words = o.keys(inner, o.schema.Types[f.Type.Name()], words[1:])
		if len(words) > 0 {
			words = words[1:]
		}
		object[name] = inner
	}
	return words
}
