package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/graph/guard"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
)

// admission lets operations that check a password in one by one, before
// anything of them is executed: what the server has no room for is refused
// whole, with a status that proxies and clients understand.
type admission struct {
	graphql.ExecutableSchema
	accounts *account.Accounts
}

// Exec implements graphql.ExecutableSchema.
func (s admission) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil || op.Operation.Operation != ast.Mutation {
		return s.ExecutableSchema.Exec(ctx)
	}
	var found []*ast.FieldDefinition // with @alone
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Mutation"}) {
		if guard.Alone(field.Definition) {
			found = append(found, field.Definition)
		}
	}
	switch {
	case len(found) == 0:
		return s.ExecutableSchema.Exec(ctx)
	case len(found) > 1:
		return refuseOnce(apperr.New(apperr.BadUserInput, "an operation may hold one %s only, and nothing else of its kind", found[0].Name))
	case !guard.HashesPassword(found[0]):
		return s.ExecutableSchema.Exec(ctx)
	}
	next := s.ExecutableSchema.Exec(ctx)
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return next(ctx)
		}
		answered = true
		admitted, leave, err := s.accounts.Admit(ctx)
		if err != nil {
			next = func(context.Context) *graphql.Response { return nil }
			graphql.AddError(ctx, err)
			return &graphql.Response{}
		}
		defer leave()
		return next(admitted)
	}
}

// refuseOnce answers with an error and no data.
func refuseOnce(err error) graphql.ResponseHandler {
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		graphql.AddError(ctx, err)
		return &graphql.Response{}
	}
}

// eventAdmission is the admission of a schema some of whose subscriptions
// carry a context with each event.
type eventAdmission struct {
	admission
	events graphql.ExecutableSchemaWithEventContext
}

// ExecWithEventContext implements graphql.ExecutableSchemaWithEventContext.
func (s eventAdmission) ExecWithEventContext(ctx context.Context) graphql.ResponseHandlerWithContext {
	return s.events.ExecWithEventContext(ctx)
}

func admit(es graphql.ExecutableSchema, a *account.Accounts) graphql.ExecutableSchema {
	if events, ok := es.(graphql.ExecutableSchemaWithEventContext); ok {
		return eventAdmission{admission{es, a}, events}
	}
	return admission{es, a}
}
