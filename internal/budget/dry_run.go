package budget

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/operation"
)

const (
	rateLimitField = "rateLimit"
	dryRunArgument = "dryRun"
)

// dryKey is the key under which the rest of an operation is kept.
type dryKey struct{ definition *ast.OperationDefinition }

// dryRun reports whether the operation requests only its cost, with
// rateLimit(dryRun: true) at its root. If so, it removes all other root fields.
func dryRun(op *operation.Operation) bool {
	if op.Definition.Operation != ast.Query || !asksDryRun(op.Definition.SelectionSet, op.Variables) {
		return false
	}
	op.Definition = op.Document.Memo(dryKey{op.Definition}, func() any {
		rest := *op.Definition
		rest.SelectionSet = onlyRateLimit(op.Definition.SelectionSet)
		return &rest
	}).(*ast.OperationDefinition)
	return true
}

func asksDryRun(set ast.SelectionSet, variables map[string]any) bool {
	for _, selection := range set {
		f, ok := selection.(*ast.Field)
		if !ok || f.Name != rateLimitField {
			continue
		}
		a := f.Arguments.ForName(dryRunArgument)
		if a == nil {
			continue
		}
		if value, err := a.Value.Value(variables); err == nil && value == true {
			return true
		}
	}
	return false
}

func onlyRateLimit(set ast.SelectionSet) ast.SelectionSet {
	var rest ast.SelectionSet
	for _, selection := range set {
		if f, ok := selection.(*ast.Field); ok && f.Name == rateLimitField {
			rest = append(rest, f)
		}
	}
	return rest
}
