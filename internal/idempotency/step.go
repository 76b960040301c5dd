package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Header names the header with the key.
const Header = "Idempotency-Key"

// directive marks the mutations that take a key.
const directive = "idempotent"

// maxKey bounds a key, in characters.
const maxKey = 255

// Request is the key of an operation and what it was sent with.
type Request struct {
	key    string
	input  []byte         // hash of the names and arguments of all root fields
	places map[string]int // of the root fields, by response name
}

type contextKey struct{}

// FromContext returns the key of the operation, or nil if none was sent.
func FromContext(ctx context.Context) *Request {
	r, _ := ctx.Value(contextKey{}).(*Request)
	return r
}

// Step reads the key of a mutation. A malformed one, and one for a mutation
// that takes none, is BAD_USER_INPUT: the client would rely on it. Other
// operations may carry a key, which says nothing.
func Step(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		keys := op.Header.Values(Header)
		if len(keys) == 0 || op.Type() != ast.Mutation {
			next(ctx, op, send)
			return
		}
		r, err := read(keys, op)
		if err != nil {
			send(operation.Fail(err))
			return
		}
		next(context.WithValue(ctx, contextKey{}, r), op, send)
	}
}

func read(keys []string, op *operation.Operation) (*Request, error) {
	if len(keys) > 1 || !wellFormed(keys[0]) {
		return nil, apperr.New(apperr.BadUserInput, "%s takes one key of 1 to %d visible ASCII characters, such as a UUID", Header, maxKey)
	}
	oc := &graphql.OperationContext{Doc: op.Document.AST, Variables: op.Variables}
	r := &Request{key: keys[0], places: map[string]int{}}
	hash := sha256.New()
	for i, field := range graphql.CollectFields(oc, op.Definition.SelectionSet, []string{"Mutation"}) {
		if field.Definition.Directives.ForName(directive) == nil {
			return nil, apperr.New(apperr.BadUserInput, "the mutation %s takes no %s: send it without one", field.Name, Header)
		}
		r.places[field.Alias] = i
		// Maps are written in the order of their keys.
		arguments, err := json.Marshal(field.ArgumentMap(op.Variables))
		if err != nil {
			return nil, fmt.Errorf("encode arguments: %w", err)
		}
		fmt.Fprintf(hash, "%q %d %s\n", field.Name, len(arguments), arguments)
	}
	r.input = hash.Sum(nil)
	return r, nil
}

func wellFormed(key string) bool {
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return len(key) > 0 && len(key) <= maxKey
}
