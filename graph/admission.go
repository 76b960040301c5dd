package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/graph/guard"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// AdmitPasswords is the step that lets operations that check a password in one
// by one, before anything of them is executed: what the server has no room for
// is refused whole, with a status that proxies and clients understand.
func AdmitPasswords(accounts *account.Accounts) operation.Step {
	return func(next operation.Handler) operation.Handler {
		return func(ctx context.Context, op *operation.Operation, send operation.Send) {
			if op.Type() != ast.Mutation {
				next(ctx, op, send)
				return
			}
			hashes, err := checksPassword(op)
			if err != nil {
				send(operation.Fail(err))
				return
			}
			if hashes {
				admitted, leave, err := accounts.Admit(ctx)
				if err != nil {
					send(operation.Fail(Classify(err)))
					return
				}
				defer leave()
				ctx, op.Admitted = admitted, true
			}
			next(ctx, op, send)
		}
	}
}

// checksPassword reports whether a mutation checks a password, and refuses one
// with several fields that stand alone: else one request would guess a thousand
// passwords.
func checksPassword(op *operation.Operation) (bool, error) {
	oc := &graphql.OperationContext{Doc: op.Document.AST, Variables: op.Variables}
	var found []*ast.FieldDefinition // with @alone
	for _, field := range graphql.CollectFields(oc, op.Definition.SelectionSet, []string{"Mutation"}) {
		if guard.Alone(field.Definition) {
			found = append(found, field.Definition)
		}
	}
	switch len(found) {
	case 0:
		return false, nil
	case 1:
		return guard.HashesPassword(found[0]), nil
	}
	return false, apperr.New(apperr.BadUserInput, "an operation may hold one %s only, and nothing else of its kind", found[0].Name)
}
