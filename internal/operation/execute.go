package operation

import (
	"context"
	"errors"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/apperr"
)

// ExecuteOptions configures Execute. Schema is required; for all other fields
// the zero value means the default that the comment names.
type ExecuteOptions struct {
	Schema graphql.ExecutableSchema

	// Presenter turns a resolver's error into what the client sees, and logs a
	// cause that the client must not see. Panics do not reach it. Default: the
	// codes of apperr, otherwise INTERNAL_SERVER_ERROR with a fixed message.
	Presenter graphql.ErrorPresenterFunc

	// Logger receives failures. Default: slog.Default().
	Logger *slog.Logger

	// Bytes bounds the bytes of data and errors in a response; an operation that
	// exceeds it fails with COST_LIMIT_EXCEEDED. 0 means the default of Limits, a
	// negative number no limit.
	Bytes int

	// Introspection allows __schema and __type. Default: off.
	Introspection bool

	// Extensions of gqlgen, such as tracers, are called around operations,
	// responses, root fields and fields. Those that change parameters are ignored:
	// steps do that. Default: none, which is faster.
	Extensions []graphql.HandlerExtension
}

// Execute is the last handler: it runs the operation's definition with gqlgen's
// ExecutableSchema.
func Execute(o ExecuteOptions) Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Presenter == nil {
		o.Presenter = presenter(o.Logger)
	}
	e := &execution{
		schema:        o.Schema,
		presenter:     boundErrors(presentPanics(o.Presenter), Limits{Bytes: o.Bytes}.WithDefaults().Bytes),
		bytes:         Limits{Bytes: o.Bytes}.WithDefaults().Bytes,
		introspection: o.Introspection,
		recovered:     func(ctx context.Context, cause any) error { return Recovered(ctx, o.Logger, cause) },
		stock:         gqlexecutor.New(o.Schema),
	}
	e.stock.SetErrorPresenter(e.presenter)
	e.stock.SetRecoverFunc(e.recovered)
	for _, extension := range o.Extensions {
		e.stock.Use(extension)
		e.extended = true
		if mutator, ok := extension.(graphql.OperationContextMutator); ok {
			e.mutators = append(e.mutators, mutator)
		}
	}
	// It also returns an error, because there is no document.
	empty, _ := e.stock.CreateOperationContext(graphql.StartOperationTrace(context.Background()), &graphql.RawParams{})
	e.fields, e.rootFields = empty.ResolverMiddleware, empty.RootResolverMiddleware
	return e.handle
}

type execution struct {
	schema        graphql.ExecutableSchema
	presenter     graphql.ErrorPresenterFunc
	recovered     graphql.RecoverFunc
	bytes         int
	introspection bool

	// The middleware that the stock executor installs around fields: from it a
	// schema knows that there are no interceptors.
	fields     graphql.FieldMiddleware
	rootFields graphql.RootFieldMiddleware

	// stock runs operations under extensions. Without extensions it is not used:
	// it makes seven contexts just for them.
	stock    *gqlexecutor.Executor
	extended bool
	mutators []graphql.OperationContextMutator
}

func (e *execution) handle(ctx context.Context, op *Operation, send Send) {
	oc := e.operationContext(op)
	switch {
	case e.extended:
		e.runExtended(ctx, op, oc, send)
	case op.Type() == ast.Subscription:
		e.stream(ctx, op, oc, send)
	default:
		e.run(ctx, op, oc, send)
	}
}

// operationContext makes gqlgen's context of an operation.
func (e *execution) operationContext(op *Operation) *graphql.OperationContext {
	oc := &graphql.OperationContext{
		RawQuery:               op.Document.Text,
		Variables:              op.Variables,
		OperationName:          op.Name,
		Doc:                    op.Document.AST,
		Extensions:             op.Extensions,
		Headers:                op.Header,
		Operation:              op.Definition,
		DisableIntrospection:   !e.introspection,
		RecoverFunc:            e.recovered,
		ResolverMiddleware:     e.fields,
		RootResolverMiddleware: e.rootFields,
	}
	if around := op.RootFields; around != nil {
		inner := e.rootFields
		oc.RootResolverMiddleware = func(ctx context.Context, resolve graphql.RootResolver) graphql.Marshaler {
			return around(ctx, func(ctx context.Context) graphql.Marshaler { return inner(ctx, resolve) })
		}
	}
	return oc
}

// run executes a query or mutation. It sends nothing if the context ends first.
func (e *execution) run(ctx context.Context, op *Operation, oc *graphql.OperationContext, send Send) {
	ctx = graphql.WithOperationContext(ctx, oc)
	ctx = graphql.WithResponseContext(ctx, e.presenter, e.recovered)
	responses := e.schema.Exec(ctx)
	var result *graphql.Response
	if faults := graphql.GetErrors(ctx); faults != nil {
		result = &graphql.Response{Errors: faults}
	} else if ctx.Err() == nil {
		if result = responses(ctx); result != nil {
			result.Errors = append(result.Errors, graphql.GetErrors(ctx)...)
			result.Extensions = graphql.GetExtensions(ctx)
		}
	}
	e.sendResult(ctx, op, &op.response, result, send)
}

// stream executes a subscription until its source ends, its context ends or no
// more responses are wanted.
func (e *execution) stream(ctx context.Context, op *Operation, oc *graphql.OperationContext, send Send) {
	ctx, cancel := context.WithCancel(graphql.WithOperationContext(ctx, oc))
	defer cancel()
	opening := graphql.WithResponseContext(ctx, e.presenter, e.recovered)
	responses := e.schema.Exec(opening)
	if faults := graphql.GetErrors(opening); faults != nil {
		e.sendResult(ctx, op, &Response{}, &graphql.Response{Errors: faults}, send)
		return
	}
	for ctx.Err() == nil {
		event := ctx
		if op.Prepare != nil {
			event = op.Prepare(ctx)
		}
		event = graphql.WithResponseContext(event, e.presenter, e.recovered)
		result := responses(event)
		if result != nil {
			result.Errors = append(result.Errors, graphql.GetErrors(event)...)
			result.Extensions = graphql.GetExtensions(event)
		}
		if !e.sendResult(ctx, op, &Response{}, result, send) || result == nil {
			return
		}
	}
}

// runExtended lets gqlgen's executor run the operation under its extensions.
func (e *execution) runExtended(ctx context.Context, op *Operation, oc *graphql.OperationContext, send Send) {
	ctx, cancel := context.WithCancel(graphql.WithOperationContext(ctx, oc))
	defer cancel()
	arrived := graphql.TraceTiming{Start: op.Started, End: op.Started}
	oc.Stats = graphql.Stats{OperationStart: op.Started, Read: arrived, Parsing: arrived, Validation: arrived}
	for _, mutator := range e.mutators {
		if fault := mutator.MutateOperationContext(ctx, oc); fault != nil {
			send(Refuse(fault))
			return
		}
	}
	responses, ctx := e.stock.DispatchOperation(ctx, oc)
	for {
		event := ctx
		if op.Prepare != nil {
			event = op.Prepare(ctx)
		}
		result := responses(event)
		if !e.sendResult(ctx, op, &Response{}, result, send) || result == nil {
			return
		}
	}
}

// sendResult fills r with gqlgen's result and sends it. If an error has stopped
// the operation, it sends that error instead.
func (e *execution) sendResult(ctx context.Context, op *Operation, r *Response, result *graphql.Response, send Send) (more bool) {
	if ctx.Err() != nil {
		if stopped, ok := errors.AsType[*apperr.Error](context.Cause(ctx)); ok {
			send(Fail(stopped))
			return false
		}
	}
	if result == nil {
		return false
	}
	if errors := op.errorBytes.Swap(0); errors > 0 && Exceeded(len(result.Data)+int(errors), e.bytes) {
		send(Fail(tooManyBytes(e.bytes)))
		return false
	}
	r.Data, r.Errors, r.Extensions = result.Data, result.Errors, result.Extensions
	switch {
	case r.Data != nil:
	case len(r.Errors) == 0:
		r.Data = []byte("null")
	default: // refused before execution
		r.Status = Refuse(r.Errors...).Status
	}
	return send(r)
}
