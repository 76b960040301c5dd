package executor

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// arguments is what a plan knows about a field's arguments before they are decoded. In most cases no map of them must be made for each
// request.
type arguments struct {
	// fixed is the arguments if none of them depends on a variable.
	fixed map[string]any
	// variables is set if each argument is the variable of the same name, so that the map of variables can serve as the arguments.
	variables bool
}

func planArguments(field graphql.CollectedField, object string, op *ast.OperationDefinition) (a arguments) {
	if field.Definition == nil || len(field.Definition.Arguments) == 0 {
		return a
	}
	fixed := true
	// An object may have more arguments than the interface that the field was selected on.
	a.variables = field.ObjectDefinition != nil && field.ObjectDefinition.Name == object
	for _, def := range field.Definition.Arguments {
		given := field.Arguments.ForName(def.Name)
		fixed = fixed && (given == nil || isFixed(given.Value)) && (def.DefaultValue == nil || isFixed(def.DefaultValue))
		// A directive of an argument sees all arguments, and must not see variables that are not arguments.
		a.variables = a.variables && def.DefaultValue == nil && len(def.Directives) == 0
		if given == nil {
			a.variables = a.variables && op.VariableDefinitions.ForName(def.Name) == nil
		} else {
			a.variables = a.variables && given.Value.Kind == ast.Variable && given.Value.Raw == def.Name
		}
	}
	if fixed {
		a.fixed = evaluate(field)
	}
	return a
}

// isFixed reports whether a value is the same for each request and cannot be changed by a resolver.
func isFixed(v *ast.Value) bool {
	switch v.Kind {
	case ast.Variable, ast.ListValue, ast.ObjectValue:
		return false
	}
	return true
}

// evaluate returns arguments without variables, or nil if one of their numbers is too large: that error is found again when it is reported.
func evaluate(field graphql.CollectedField) (raw map[string]any) {
	defer func() {
		if recover() != nil {
			raw = nil
		}
	}()
	return field.ArgumentMap(nil)
}

// raw is the arguments as input for the decoder, which does not change them.
func (f *Field) raw(variables map[string]any) map[string]any {
	switch {
	case f.arguments.fixed != nil:
		return f.arguments.fixed
	case f.arguments.variables:
		return variables
	}
	return f.collected.ArgumentMap(variables)
}
