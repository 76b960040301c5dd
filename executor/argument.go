package executor

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// arguments is what a plan knows of a field's arguments before they are decoded. Mostly that saves making a map of them for each
// request.
type arguments struct {
	// fixed is the arguments if none depends on a variable.
	fixed map[string]any
	// variables says that each argument is the variable of its own name, so that the variables are the arguments.
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
		// A directive of an argument sees all of them, and must not see variables that are none.
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

// isFixed tells whether a value is the same for each request, and nothing that a resolver could change.
func isFixed(v *ast.Value) bool {
	switch v.Kind {
	case ast.Variable, ast.ListValue, ast.ObjectValue:
		return false
	}
	return true
}

// evaluate gives arguments without variables, or nil if a number among them is too large: that is found again when it is reported.
func evaluate(field graphql.CollectedField) (raw map[string]any) {
	defer func() {
		if recover() != nil {
			raw = nil
		}
	}()
	return field.ArgumentMap(nil)
}

// raw is the arguments as the decoder takes them, which does not change them.
func (f *Field) raw(variables map[string]any) map[string]any {
	switch {
	case f.arguments.fixed != nil:
		return f.arguments.fixed
	case f.arguments.variables:
		return variables
	}
	return f.collected.ArgumentMap(variables)
}
