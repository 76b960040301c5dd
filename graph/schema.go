package graph

import (
	"maps"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/guard"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/idempotency"
)

// NewSchema returns the schema with its resolvers, executed breadth-first. They
// change what is in the content's and accounts' database; what they read comes
// from the loaders in the context: see the step Loaders. Operations
// with passwords come by the step AdmitPasswords.
func NewSchema(c *content.Content, a *account.Accounts, keys *idempotency.Store, opts ...executor.Option) graphql.ExecutableSchema {
	return generated.NewBreadthFirstSchema(config(c, a, keys), opts...)
}

// NewStockSchema is NewSchema on gqlgen's own executor: the same answers, with
// more statements and more work. It is there to compare with.
func NewStockSchema(c *content.Content, a *account.Accounts, keys *idempotency.Store) graphql.ExecutableSchema {
	return generated.NewExecutableSchema(config(c, a, keys))
}

func config(c *content.Content, a *account.Accounts, keys *idempotency.Store) generated.Config {
	guards := guard.Guards{Confirm: a.Confirm, Confirmed: a.Confirmed}
	return generated.Config{
		Schema:    servedSchema(),
		Resolvers: &Resolver{content: c, accounts: a},
		Directives: generated.DirectiveRoot{
			Authenticated:  guards.Authenticated,
			RequiresScopes: guards.RequiresScopes,
			HasRole:        guards.HasRole,
			Idempotent:     newOnce(keys).directive,
		},
	}
}

// SDL is the schema as clients are told of it, for tools that need no resolvers.
func SDL() *ast.Schema { return servedSchema() }

// servedSchema is the schema as clients are told of it: without @defer, which
// every schema has in gqlparser and no executor here does.
func servedSchema() *ast.Schema {
	served := *generated.NewExecutableSchema(generated.Config{}).Schema()
	served.Directives = maps.Clone(served.Directives)
	delete(served.Directives, "defer")
	return &served
}
