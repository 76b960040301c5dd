package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/guard"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/query"
)

// NewSchema returns the schema with its resolvers, executed breadth-first. They
// change what is in the content's and accounts' database; what they read comes
// from the loaders in the context: see OperationContext.
func NewSchema(c *content.Content, a *account.Accounts) graphql.ExecutableSchema {
	return admit(generated.NewBreadthFirstSchema(config(c, a)), a)
}

// NewStockSchema is NewSchema on gqlgen's own executor: the same answers, with
// more statements and more work. It is there to compare with.
func NewStockSchema(c *content.Content, a *account.Accounts) graphql.ExecutableSchema {
	return admit(generated.NewExecutableSchema(config(c, a)), a)
}

func config(c *content.Content, a *account.Accounts) generated.Config {
	guards := guard.Guards{Confirm: a.Confirm}
	return generated.Config{
		Resolvers: &Resolver{content: c, accounts: a},
		Directives: generated.DirectiveRoot{
			Authenticated:  guards.Authenticated,
			RequiresScopes: guards.RequiresScopes,
			HasRole:        guards.HasRole,
		},
	}
}

// OperationContext returns the function that gives each operation its loaders,
// for the viewer in its context. Loaders remember, so each root field of a
// mutation has its own: what one field changed, the next must read anew.
func OperationContext(db query.Database) func(context.Context) context.Context {
	return func(ctx context.Context) context.Context {
		withLoaders := func(ctx context.Context) context.Context {
			return loader.NewContext(ctx, loader.New(query.New(db, auth.FromContext(ctx))))
		}
		op := graphql.GetOperationContext(ctx)
		if op.Operation.Operation == ast.Mutation {
			next := op.RootResolverMiddleware
			op.RootResolverMiddleware = func(ctx context.Context, resolve graphql.RootResolver) graphql.Marshaler {
				return next(withLoaders(ctx), resolve)
			}
		}
		return withLoaders(ctx)
	}
}
