package document

import (
	"context"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/operation"
)

// Prepare parses, measures and validates a document that is to be kept
// elsewhere. The error is what a client would be told.
func Prepare(ctx context.Context, text string, limits operation.Limits, schema *ast.Schema, r Rules) (*operation.Document, error) {
	op := &operation.Operation{Query: text}
	none := NewCache(-1)
	var refused error
	operation.Chain(func(context.Context, *operation.Operation, operation.Send) {},
		Parse(none, limits), Limit(limits), Validate(none, schema, r),
	)(ctx, op, func(response *operation.Response) bool {
		for _, fault := range response.Errors {
			if len(fault.Locations) > 0 {
				refused = errors.Join(refused, fmt.Errorf("line %d: %s", fault.Locations[0].Line, fault.Message))
			} else {
				refused = errors.Join(refused, errors.New(fault.Message))
			}
		}
		return false
	})
	if refused != nil {
		return nil, refused
	}
	return op.Document, nil
}
