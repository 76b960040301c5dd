package cost

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/operation"
)

// memoKey is what the price of one of a document's operations is kept under.
type memoKey struct{ definition *ast.OperationDefinition }

// Of returns the price of an operation whose document and definition are known.
// It is compiled once for a document.
func (m *Model) Of(op *operation.Operation) *Price {
	return op.Document.Memo(memoKey{op.Definition}, func() any {
		return m.Compile(op.Document.AST, op.Definition)
	}).(*Price)
}

// Step sets Operation.Price, for variables that have their types.
func (m *Model) Step(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		price := m.Of(op)
		op.Price = price.Points(op.Variables)
		if op.Explained != nil {
			op.Explained.SetPoints(price.Explain(op.Variables))
		}
		next(ctx, op, send)
	}
}
