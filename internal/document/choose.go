package document

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Choose is the step that finds the operation to run, after the specification's
// GetOperation, and refuses what the transport cannot do.
func Choose(next operation.Handler) operation.Handler {
	return operation.Check(choose)(next)
}

func choose(_ context.Context, op *operation.Operation) *operation.Response {
	operations := op.Document.AST.Operations
	op.Definition = operations.ForName(op.Name)
	switch {
	case op.Definition == nil && op.Name == "":
		return operation.Refuse(operation.Errorf(apperr.BadUserInput,
			"the document contains %d operations: name one in operationName", len(operations)))
	case op.Definition == nil:
		return operation.Refuse(operation.Errorf(apperr.BadUserInput,
			"the document contains no operation with the name given in operationName"))
	case op.Once && op.Type() == ast.Subscription:
		return operation.Refuse(operation.Errorf(apperr.BadUserInput,
			"a subscription cannot be answered by a single response"))
	case op.QueriesOnly && op.Type() == ast.Mutation:
		refused := operation.Refuse(operation.Errorf(apperr.BadUserInput, "a mutation needs POST"))
		refused.Status = operation.MethodNotAllowed
		return refused
	}
	return nil
}
