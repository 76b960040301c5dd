package document

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Limit is the step that refuses a document that is too large to be validated,
// or to be executed.
func Limit(limits operation.Limits) operation.Step {
	limits = limits.WithDefaults()
	return operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
		if op.Document.Valid {
			return nil
		}
		if exceeded := check(op.Document.AST, limits); exceeded != nil {
			return operation.Refuse(exceeded)
		}
		return nil
	})
}

// check measures a parsed document and refuses it for the first limit that it
// exceeds. It runs before validation, so names may be unknown and fragments
// missing: that is left to validation. Fragments that nothing spreads or that
// spread themselves are refused here, since they cannot be measured.
func check(doc *ast.QueryDocument, l operation.Limits) *gqlerror.Error {
	if operation.Exceeded(len(doc.Fragments), l.Fragments) {
		return operation.LimitError(apperr.ValidationFailed, "fragment", "the document defines", len(doc.Fragments), "fragments", l.Fragments)
	}
	a := analyse(doc)
	switch {
	case a.cyclic != "":
		return operation.Errorf(apperr.ValidationFailed, "%s", bounded("Cannot spread fragment \""+a.cyclic+"\" within itself."))
	case a.unused != "":
		return operation.Errorf(apperr.ValidationFailed, "%s", bounded("Fragment \""+a.unused+"\" is never used."))
	case a.nul:
		return operation.Errorf(apperr.BadUserInput, "a string in the document contains NUL, which is not allowed")
	case operation.Exceeded(a.depth, l.Depth):
		err := operation.LimitError(apperr.DepthLimitExceeded, "depth", "the document nests fields", a.depth, "levels deep", l.Depth)
		err.Message += " (edges, node and nodes are not counted)"
		return err
	case operation.Exceeded(a.aliases, l.Aliases):
		return operation.LimitError(apperr.ValidationFailed, "alias", "the document has", a.aliases, "aliases", l.Aliases)
	case operation.Exceeded(a.directives, l.Directives):
		return operation.LimitError(apperr.ValidationFailed, "directive", "the document has", a.directives, "directives", l.Directives)
	case operation.Exceeded(a.rootFields, l.RootFields):
		return operation.LimitError(apperr.ValidationFailed, "root field", "an operation has", a.rootFields, "fields at its top", l.RootFields)
	case operation.Exceeded(a.fields, l.Fields):
		return operation.LimitError(apperr.ValidationFailed, "field", "with its fragments spread the document has", a.fields, "fields", l.Fields)
	case operation.Exceeded(a.nesting, l.Nesting):
		return operation.LimitError(apperr.DepthLimitExceeded, "nesting", "the document nests fields and fragments", a.nesting, "levels deep", l.Nesting)
	case operation.Exceeded(a.comparisons(l.Comparisons), l.Comparisons):
		return operation.LimitError(apperr.ValidationFailed, "comparison", "fields repeated under one response name need", a.compared, "comparisons", l.Comparisons)
	}
	return nil
}

// Depth is how deep a valid document nests fields, as the limit counts them.
func Depth(doc *ast.QueryDocument) int { return analyse(doc).depth }
