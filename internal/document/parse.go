package document

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Parse is the step that finds the operation's document, unless an earlier one
// did: in the cache, where documents are valid, or by parsing the text.
func Parse(cache *Cache, limits operation.Limits) operation.Step {
	tokens := limits.WithDefaults().Tokens
	return operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
		if op.Document != nil { // a trusted one, which is kept elsewhere
			return nil
		}
		if op.Document = cache.get(op.Query); op.Document != nil {
			return nil
		}
		parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: op.Query}, max(tokens, 0))
		if err != nil {
			return operation.Refuse(parseError(op.Query, err, tokens))
		}
		if len(parsed.Operations) == 0 {
			return operation.Refuse(operation.Errorf(apperr.ValidationFailed, "the document contains no operation"))
		}
		op.Document = &operation.Document{Text: op.Query, AST: parsed}
		return nil
	})
}

func parseError(text string, err error, tokens int) *gqlerror.Error {
	fault, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return operation.Errorf(apperr.ParseFailed, "the document cannot be parsed")
	}
	if len(fault.Locations) == 0 { // the parser gives every other fault a place
		return operation.LimitError(apperr.ParseFailed, "token", "the document has", countTokens(text), "tokens", tokens)
	}
	return &gqlerror.Error{
		Message:    bounded(fault.Message),
		Locations:  fault.Locations,
		Extensions: map[string]any{"code": string(apperr.ParseFailed)},
	}
}

// countTokens counts as the parser does: comments are tokens too.
func countTokens(text string) int {
	count := 0
	for l := lexer.New(&ast.Source{Input: text}); ; {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return count
		}
		count++
	}
}

// maxMessage bounds a message, since it can quote names from the document.
const maxMessage = 500

func bounded(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	cut := maxMessage
	for !utf8.RuneStart(message[cut]) {
		cut--
	}
	return message[:cut] + "…"
}
