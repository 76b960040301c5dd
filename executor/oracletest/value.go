package oracletest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// enum is the name of an enum value: a string as a variable, a bare word as a literal.
type enum string

// literal returns an argument's value as GraphQL, sometimes as a variable, which may have the argument's name.
func (o *operation) literal(coordinate, argument string, t *ast.Type) string {
	value := o.value(coordinate, t, 2)
	if !o.chance(40) {
		return o.render(coordinate, t, value)
	}
	if o.chance(50) {
		return o.variable(argument, t, value)
	}
	return o.variable("", t, value)
}

// variable declares a variable of a type and returns its name: the given one, if it is free. The value may be left to a default, or left
// out if it is nullable.
func (o *operation) variable(name string, t *ast.Type, value any) string {
	taken := func(declaration string) bool { return strings.HasPrefix(declaration, "$"+name+":") }
	if name == "" || slices.ContainsFunc(o.variables, taken) {
		name = fmt.Sprintf("v%d", len(o.variables))
	}
	declared := *t
	if !t.NonNull && value != nil && o.chance(20) {
		declared.NonNull = true
	}
	declaration := fmt.Sprintf("$%s: %s", name, declared.String())
	switch {
	case o.chance(15) && value != nil:
		o.variables = append(o.variables, declaration+" = "+o.render("", t, value))
		return "$" + name
	case !declared.NonNull && o.chance(15):
	default:
		o.values[name] = plain(value)
	}
	o.variables = append(o.variables, declaration)
	return "$" + name
}

// value makes up a value.
func (o *operation) value(coordinate string, t *ast.Type, depth int) any {
	if o.Value != nil {
		if v, ok := o.Value(o.rand, coordinate, t); ok {
			return v
		}
	}
	if !t.NonNull && o.chance(15) {
		return nil
	}
	if t.Elem != nil {
		list := make([]any, o.rand.IntN(3))
		for i := range list {
			list[i] = o.value(coordinate, t.Elem, depth)
		}
		return list
	}
	def := o.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return enum(def.EnumValues[o.rand.IntN(len(def.EnumValues))].Name)
	case ast.InputObject:
		return o.input(def, depth)
	}
	switch t.NamedType {
	case "Int":
		return o.rand.IntN(6)
	case "Float":
		return float64(o.rand.IntN(100)) / 4
	case "Boolean":
		return o.chance(50)
	case "String", "ID":
		return []string{"a", "some text", "", `q"uo\te`, "ünï🧵", "much longer than anybody would want it to be"}[o.rand.IntN(6)]
	}
	if t.NamedType == entityScalar {
		return o.representation()
	}
	if o.Scalar != nil {
		return o.Scalar(o.rand, t.NamedType)
	}
	return "scalar"
}

func (o *operation) input(def *ast.Definition, depth int) map[string]any {
	object := map[string]any{}
	for _, f := range def.Fields {
		optional := !f.Type.NonNull || f.DefaultValue != nil
		if optional && (depth <= 0 || o.chance(60)) {
			continue
		}
		object[f.Name] = o.value(def.Name+"."+f.Name, f.Type, depth-1)
	}
	return object
}

// render writes a value as GraphQL. Inside arguments, parts of it may become variables.
func (o *operation) render(coordinate string, t *ast.Type, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case enum:
		return string(v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = o.part(coordinate, elem(t), e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, name := range sortedKeys(v) {
			def := o.schema.Types[t.Name()]
			field := t
			if f := def.Fields.ForName(name); f != nil {
				field = f.Type
			}
			parts = append(parts, name+": "+o.part(coordinate, field, v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		text, _ := json.Marshal(v)
		return string(text)
	}
}

// part is render for a part of a value. A default, which has no coordinate, cannot contain variables.
func (o *operation) part(coordinate string, t *ast.Type, v any) string {
	if coordinate != "" && o.chance(15) {
		return o.variable("", t, v)
	}
	return o.render(coordinate, t, v)
}

func elem(t *ast.Type) *ast.Type {
	if t.Elem != nil {
		return t.Elem
	}
	return t
}

// plain turns a value into what a JSON decoder would return.
func plain(v any) any {
	switch v := v.(type) {
	case enum:
		return string(v)
	case int, float64:
		return json.Number(fmt.Sprint(v))
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = plain(e)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, e := range v {
			object[name] = plain(e)
		}
		return object
	default:
		return v
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
