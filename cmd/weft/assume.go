package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/page"
)

// assumption is a variable that nobody gave, and what is taken for it.
type assumption struct {
	Variable string `json:"variable"`
	Value    any    `json:"value"`
	Why      string `json:"why"`
}

// maxConditions bounds the variables of @skip and @include that are tried with
// both values, together.
const maxConditions = 10

// worst completes the variables of an operation with the values that make it
// dearest: the longest lists, and what @skip and @include let in.
func worst(price *cost.Price, definition *ast.OperationDefinition, given map[string]any) (map[string]any, []assumption, error) {
	values := make(map[string]any)
	for _, v := range definition.VariableDefinitions {
		if value, ok := given[v.Variable]; ok {
			values[v.Variable] = value
		}
	}
	var made []assumption
	sizes, conditions := price.Variables()
	for _, name := range sizes {
		v := definition.VariableDefinitions.ForName(name)
		if _, ok := values[name]; ok || v == nil {
			continue
		}
		if v.Type.Elem != nil {
			values[name] = make([]any, page.MaxSize)
			made = append(made, assumption{name, fmt.Sprintf("%d elements", page.MaxSize), "the most that a list takes"})
			continue
		}
		values[name] = int64(page.MaxSize)
		made = append(made, assumption{name, page.MaxSize, "the most that a list takes"})
	}
	conditions = slices.DeleteFunc(conditions, func(name string) bool { _, ok := values[name]; return ok })
	if len(conditions) > maxConditions {
		return nil, nil, fmt.Errorf("@skip and @include ask %d variables: say all but %d of them by -variables", len(conditions), maxConditions)
	}
	dearest, most := 0, int64(-1)
	set := func(choice int) {
		for i, name := range conditions {
			values[name] = choice>>i&1 == 1
		}
	}
	for choice := range 1 << len(conditions) {
		set(choice)
		if points := price.Points(values); points > most {
			dearest, most = choice, points
		}
	}
	set(dearest)
	for _, name := range conditions {
		made = append(made, assumption{name, values[name], "the dearer of both"})
	}
	return values, made, nil
}

const (
	// maxTries bounds the runs to find values for which an operation does most.
	maxTries = 64
	// kinds is how many values there are to try for one variable.
	kinds = 4
)

// trialVariables are the values to run an operation with, in turn. What was
// given stays, and assumed lists are made short; an id or a text of which nobody
// says what it names is tried as that of each kind of object.
func trialVariables(schema *ast.Schema, definition *ast.OperationDefinition, values map[string]any, assumed []assumption, known samples) ([]map[string]any, error) {
	base := maps.Clone(values)
	for _, a := range assumed {
		if _, ok := a.Value.(int); ok {
			base[a.Variable] = int64(trialPages[0])
		} else if _, ok := a.Value.(string); ok {
			delete(base, a.Variable)
		}
	}
	var open []*ast.VariableDefinition
	for _, v := range definition.VariableDefinitions {
		if _, ok := base[v.Variable]; ok || v.DefaultValue != nil || !v.Type.NonNull && v.Type.Elem == nil {
			continue
		}
		if len(open) < 3 && varied(schema, v.Type, 0) {
			open = append(open, v)
			continue
		}
		value, err := sample(schema, v.Type, known, 0, 0)
		if err != nil {
			return nil, fmt.Errorf("$%s: %w: give it by -variables", v.Variable, err)
		}
		base[v.Variable] = value
	}
	tries := 1
	for range open {
		tries *= kinds
	}
	all := make([]map[string]any, 0, min(tries, maxTries))
	for try := range min(tries, maxTries) {
		values := maps.Clone(base)
		for i, rest := 0, try; i < len(open); i, rest = i+1, rest/kinds {
			value, err := sample(schema, open[i].Type, known, rest%kinds, 0)
			if err != nil {
				return nil, fmt.Errorf("$%s: %w: give it by -variables", open[i].Variable, err)
			}
			values[open[i].Variable] = value
		}
		all = append(all, values)
	}
	return all, nil
}

// maxInput bounds inputs within inputs.
const maxInput = 8

// varied reports whether a value has ids or texts in it, of which there are
// several to try.
func varied(schema *ast.Schema, t *ast.Type, depth int) bool {
	if t.Elem != nil || depth > maxInput {
		return false // a list has one of each kind
	}
	if def := schema.Types[t.NamedType]; def != nil && def.Kind == ast.InputObject {
		return slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
			return f.Type.NonNull && f.DefaultValue == nil && varied(schema, f.Type, depth+1)
		})
	}
	return t.NamedType == "ID" || t.NamedType == "String"
}

// sample makes a value of a type, with ids and texts of one kind.
func sample(schema *ast.Schema, t *ast.Type, known samples, kind, depth int) (any, error) {
	if depth > maxInput {
		return nil, errors.New("its type is nested too deep to make a value of it")
	}
	if t.Elem != nil {
		list := make([]any, 0, kinds)
		for kind := range kinds {
			value, err := sample(schema, t.Elem, known, kind, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
	switch t.NamedType {
	case "ID":
		return []string{known.post, known.user, known.comment, known.tag}[kind], nil
	case "String":
		return []string{"index", "alice", known.tagName, "A text."}[kind], nil
	case "Int":
		return int64(1), nil
	case "Float":
		return 1.5, nil
	case "Boolean":
		return true, nil
	case "Time":
		return "2026-01-01T00:00:00Z", nil
	}
	def := schema.Types[t.NamedType]
	switch {
	case def != nil && def.Kind == ast.Enum:
		return def.EnumValues[0].Name, nil
	case def != nil && def.Kind == ast.InputObject:
		object := make(map[string]any)
		for _, f := range def.Fields {
			if !f.Type.NonNull || f.DefaultValue != nil {
				continue
			}
			value, err := sample(schema, f.Type, known, kind, depth+1)
			if err != nil {
				return nil, err
			}
			object[f.Name] = value
		}
		return object, nil
	}
	return nil, fmt.Errorf("there is no sample of %s", t)
}
