package cost

import (
	"encoding/json"
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// size is how many objects a list has at most: the largest of its slicing
// arguments that are given, else the assumed size.
type size struct {
	given   []amount
	assumed int64
}

// amount is the value of one slicing argument.
type amount struct {
	argument string
	variable string // "" for a literal
	literal  int64
}

// newSize reads the slicing arguments of a field.
func newSize(l *listSize, f *ast.Field, def *ast.FieldDefinition) *size {
	s := &size{assumed: max(l.assumed, 0)}
	for _, name := range l.slicing {
		declared, value := def.Arguments.ForName(name), argumentValue(f, def, name)
		if value == nil || value.Kind == ast.NullValue {
			continue
		}
		switch {
		case value.Kind == ast.Variable:
			s.given = append(s.given, amount{argument: name, variable: value.Raw})
		case value.Kind == ast.ListValue:
			s.given = append(s.given, amount{argument: name, literal: int64(len(value.Children))})
		case declared != nil && declared.Type.Elem != nil:
			s.given = append(s.given, amount{argument: name, literal: 1}) // one value stands for a list of it
		case value.Kind == ast.IntValue:
			s.given = append(s.given, amount{argument: name, literal: max(parse(value.Raw), 0)})
		}
	}
	return s
}

// argumentValue is what a field is given for an argument, or its default; nil for
// neither.
func argumentValue(f *ast.Field, def *ast.FieldDefinition, name string) *ast.Value {
	if a := f.Arguments.ForName(name); a != nil {
		return a.Value
	}
	if declared := def.Arguments.ForName(name); declared != nil {
		return declared.DefaultValue
	}
	return nil
}

// constant reports whether the size is the same for all variables.
func (s *size) constant() bool {
	for _, a := range s.given {
		if a.variable != "" {
			return false
		}
	}
	return true
}

// of is the size for these variables. One that is not there or null is as if
// the argument were not given.
func (s *size) of(variables map[string]any) int64 {
	largest := int64(-1)
	for _, a := range s.given {
		if n, ok := a.of(variables); ok {
			largest = max(largest, n)
		}
	}
	if largest < 0 {
		return s.assumed
	}
	return largest
}

// of is the amount for these variables, and whether there is one.
func (a amount) of(variables map[string]any) (n int64, ok bool) {
	if a.variable == "" {
		return a.literal, true
	}
	value, ok := variables[a.variable]
	if !ok || value == nil {
		return 0, false
	}
	return count(value), true
}

// count is a number, or the length of a list. What is below zero is refused
// where it is used, and counts nothing.
func count(value any) int64 {
	switch v := value.(type) {
	case int64:
		return min(max(v, 0), Most)
	case int:
		return min(max(int64(v), 0), Most)
	case float64:
		if math.IsNaN(v) || v <= 0 {
			return 0
		}
		if v >= Most {
			return Most
		}
		return int64(v)
	case json.Number:
		return max(parse(v.String()), 0)
	case []any:
		return int64(len(v))
	}
	return 1
}

// add and times stop at Most. Their operands are not negative.
func add(a, b int64) int64 { return min(a+b, Most) }

func times(a, b int64) int64 {
	if a == 0 || b == 0 {
		return 0
	}
	if a > Most/b {
		return Most
	}
	return a * b
}
