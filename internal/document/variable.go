package document

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Coerce is the step that checks the variables and gives them their types.
func Coerce(schema *ast.Schema) operation.Step {
	return operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
		values, fault := coerceVariables(schema, op.Definition, op.Variables)
		if fault != nil {
			return operation.Refuse(fault)
		}
		op.Variables = values
		return nil
	})
}

// coerceVariables checks the values that a client sent against the variables
// that an operation declares, after the specification's CoerceVariableValues,
// and reports all faults together. Values of built-in scalars are changed in
// place to the types that gqlgen reads, defaults are added, and what is not
// declared is taken out; the inside of custom scalars is left to their own code.
//
// It stands for gqlgen's own coercion, which is laxer: that takes "5" for an
// Int, 5 for a String, and stops at the first fault.
func coerceVariables(schema *ast.Schema, definition *ast.OperationDefinition, values map[string]any) (map[string]any, *gqlerror.Error) {
	c := coercer{schema: schema}
	declared := 0
	for _, variable := range definition.VariableDefinitions {
		value, given := values[variable.Variable]
		switch {
		case given:
			declared++
			values[variable.Variable] = c.value(variable.Type, value, variable.Variable)
		case variable.DefaultValue != nil:
			value, err := variable.DefaultValue.Value(nil)
			if err != nil {
				c.fault(variable.Variable, "must be %s, which its default is not", article(variable.Type))
				continue
			}
			if values == nil {
				values = make(map[string]any, len(definition.VariableDefinitions))
			}
			declared++
			values[variable.Variable] = value
		case variable.Type.NonNull:
			c.fault(variable.Variable, "is required and must be %s", article(variable.Type))
		}
	}
	if len(values) > declared {
		maps.DeleteFunc(values, func(name string, _ any) bool { return definition.VariableDefinitions.ForName(name) == nil })
	}
	if len(c.faults) == 0 {
		return values, nil
	}
	shown := operation.Errorf(apperr.BadUserInput, "variable $%s: %s", c.faults[0].Path, c.faults[0].Message)
	if more := len(c.faults) - 1; more > 0 {
		shown.Message += fmt.Sprintf(" (and %d more)", more)
	}
	shown.Extensions["fields"] = c.faults[:min(len(c.faults), maxErrors)]
	return nil, shown
}

type coercer struct {
	schema *ast.Schema
	faults []apperr.Field
}

func (c *coercer) fault(path, format string, args ...any) {
	c.faults = append(c.faults, apperr.Field{Path: bounded(path), Message: fmt.Sprintf(format, args...)})
}

func (c *coercer) value(t *ast.Type, value any, path string) any {
	if value == nil {
		if t.NonNull {
			c.fault(path, "must be %s, not null", article(t))
		}
		return nil
	}
	if t.Elem != nil {
		list, ok := value.([]any)
		if !ok { // one value stands for a list of one
			return []any{c.value(t.Elem, value, path)}
		}
		for i, element := range list {
			list[i] = c.value(t.Elem, element, path+"."+strconv.Itoa(i))
		}
		return list
	}
	definition := c.schema.Types[t.NamedType]
	switch definition.Kind {
	case ast.Enum:
		name, ok := value.(string)
		if !ok || !slices.ContainsFunc(definition.EnumValues, func(v *ast.EnumValueDefinition) bool { return v.Name == name }) {
			c.fault(path, "must be one of the values of %s", t.NamedType)
		}
		return value
	case ast.InputObject:
		return c.object(definition, value, path)
	}
	coerced, ok := scalar(t.NamedType, value)
	if !ok {
		c.fault(path, "must be %s, not %s", article(t), describe(value))
	}
	return coerced
}

func (c *coercer) object(definition *ast.Definition, value any, path string) any {
	object, ok := value.(map[string]any)
	if !ok {
		c.fault(path, "must be an object of type %s, not %s", definition.Name, describe(value))
		return value
	}
	known := 0
	for _, field := range definition.Fields {
		at := path + "." + field.Name
		inner, given := object[field.Name]
		switch {
		case given:
			known++
			object[field.Name] = c.value(field.Type, inner, at)
		case field.Type.NonNull && field.DefaultValue == nil:
			c.fault(at, "is required and must be %s", article(field.Type))
		}
	}
	if known == len(object) {
		return object
	}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range object {
			if definition.Fields.ForName(name) == nil && !yield(name) {
				return
			}
		}
	}) {
		c.fault(path+"."+name, "is not a field of %s", definition.Name)
	}
	return object
}

// scalar coerces a value of a built-in scalar; it lets custom ones pass.
func scalar(name string, value any) (any, bool) {
	switch name {
	case "Int":
		if f, ok := value.(float64); ok && f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32 {
			return int64(f), true
		}
		n, ok := value.(int64)
		return value, ok && math.MinInt32 <= n && n <= math.MaxInt32
	case "Float":
		switch v := value.(type) {
		case float64, int64:
			return value, true
		case json.Number:
			f, err := v.Float64()
			return f, err == nil
		}
		return value, false
	case "String":
		_, ok := value.(string)
		return value, ok
	case "Boolean":
		_, ok := value.(bool)
		return value, ok
	case "ID":
		switch value.(type) {
		case string, int64, json.Number:
			return value, true
		}
		return value, false
	}
	return value, true
}

// article names a type in a sentence.
func article(t *ast.Type) string {
	switch {
	case t.Elem != nil:
		return "a list of type " + t.String()
	case t.NamedType == "Int":
		return "an Int (a whole number of 32 bits)"
	case t.NamedType == "ID":
		return "an ID"
	}
	return "a " + t.NamedType
}

// describe names the JSON type of a value without showing it.
func describe(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "this number"
}
