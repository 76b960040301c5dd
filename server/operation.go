package server

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
)

// operations executes operations as gqlgen's executor does that has no
// extensions. The document is at hand already; and that executor makes seven
// contexts and reads the clock five times for each request, for extensions to
// look at.
type operations struct {
	schema    graphql.ExecutableSchema
	presenter graphql.ErrorPresenterFunc
	recovered graphql.RecoverFunc

	// What gqlgen's executor installs where there are no interceptors, by
	// which a schema knows that there are none.
	fields     graphql.FieldMiddleware
	rootFields graphql.RootFieldMiddleware

	introspection bool
}

func newOperations(o Options) *operations {
	stock, _ := executor.New(o.Schema).CreateOperationContext(
		graphql.StartOperationTrace(context.Background()), &graphql.RawParams{}) // without a document it has an error too
	return &operations{
		schema:    o.Schema,
		presenter: presentPanics(o.Presenter),
		recovered: func(ctx context.Context, cause any) error {
			return recovered(ctx, o.Logger, cause)
		},
		fields:        stock.ResolverMiddleware,
		rootFields:    stock.RootResolverMiddleware,
		introspection: o.Introspection,
	}
}

// prepare makes gqlgen's context of an operation.
func (o *operations) prepare(d *document, operation *ast.OperationDefinition, p *params, header http.Header) *graphql.OperationContext {
	return &graphql.OperationContext{
		RawQuery:               d.text,
		Variables:              p.variables,
		OperationName:          p.operationName,
		Doc:                    d.doc,
		Extensions:             p.extensions,
		Headers:                header,
		Operation:              operation,
		DisableIntrospection:   !o.introspection,
		RecoverFunc:            o.recovered,
		ResolverMiddleware:     o.fields,
		RootResolverMiddleware: o.rootFields,
	}
}

// run executes the operation of the context. It gives nil when the context
// ended first.
func (o *operations) run(ctx context.Context) *graphql.Response {
	ctx = graphql.WithResponseContext(ctx, o.presenter, o.recovered)
	responses := o.schema.Exec(ctx)
	if faults := graphql.GetErrors(ctx); faults != nil {
		return &graphql.Response{Errors: faults}
	}
	if ctx.Err() != nil {
		return nil
	}
	response := responses(ctx)
	if response == nil {
		return nil
	}
	response.Errors = append(response.Errors, graphql.GetErrors(ctx)...)
	response.Extensions = graphql.GetExtensions(ctx)
	return response
}
