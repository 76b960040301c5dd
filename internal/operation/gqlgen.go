package operation

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// Executor is a graphql.GraphExecutor. With it gqlgen's own transports
// (transport.Websocket, transport.SSE and others) send their operations through
// the steps.
type Executor struct {
	prepare Handler
	handle  Handler
	logger  *slog.Logger
}

// NewExecutor returns an executor of operations. The steps in asked find out
// what the client asks for. A transport runs them alone before it starts an
// operation, so that it can tell an invalid operation from one that failed.
// When the operation is dispatched, asked and run both run.
func NewExecutor(logger *slog.Logger, last Handler, asked, run []Step) *Executor {
	nothing := func(context.Context, *Operation, Send) {}
	return &Executor{
		prepare: Chain(nothing, asked...),
		handle:  Chain(Chain(last, run...), asked...),
		logger:  logger,
	}
}

// CreateOperationContext implements graphql.GraphExecutor: it finds the
// document, and the operation in it.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	oc := &graphql.OperationContext{
		RawQuery:      params.Query,
		OperationName: params.OperationName,
		Extensions:    params.Extensions,
		Headers:       params.Headers,
		Variables:     params.Variables,
		RecoverFunc:   func(ctx context.Context, cause any) error { return Recovered(ctx, e.logger, cause) },
	}
	oc.Stats.Read, oc.Stats.OperationStart = params.ReadTime, time.Now()
	if fault := plainValues(oc.Variables); fault != nil {
		return oc, e.DispatchError(ctx, gqlerror.List{fault}).Errors
	}
	op := fromContext(oc)
	var refused gqlerror.List
	e.prepare(ctx, op, func(r *Response) bool {
		r.Finish(ctx, e.logger)
		refused = r.Errors
		return false
	})
	if refused != nil {
		return oc, refused
	}
	oc.RawQuery, oc.Doc, oc.Operation = op.Query, op.Document.AST, op.Definition
	return oc, nil
}

// fromContext is the operation for which a transport has made a context.
func fromContext(oc *graphql.OperationContext) *Operation {
	return &Operation{
		Query: oc.RawQuery, Name: oc.OperationName, Variables: oc.Variables,
		Extensions: oc.Extensions, Header: oc.Headers, Started: oc.Stats.OperationStart,
	}
}

// DispatchOperation implements graphql.GraphExecutor. The operation ends when
// its last response has been received, or with ctx.
func (e *Executor) DispatchOperation(ctx context.Context, oc *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	op := fromContext(oc)
	running, stop := context.WithCancelCause(ctx)
	op.Stop = stop
	responses := make(chan *graphql.Response)
	go func() {
		defer close(responses)
		defer stop(nil)
		send := func(r *Response) bool {
			r.Finish(running, e.logger)
			select {
			case responses <- &graphql.Response{Data: r.Data, Errors: r.Errors, Extensions: r.allExtensions()}:
				return true
			case <-ctx.Done(): // no one receives it any more
				return false
			}
		}
		defer func() {
			if cause := recover(); cause != nil {
				_ = Recovered(running, e.logger, cause)
				send(Refuse(Errorf(apperr.Internal, apperr.InternalMessage)))
			}
		}()
		e.handle(NewContext(running, op), op, send)
	}()
	return func(context.Context) *graphql.Response { return <-responses }, running
}

// DispatchError implements graphql.GraphExecutor.
func (e *Executor) DispatchError(ctx context.Context, list gqlerror.List) *graphql.Response {
	r := &Response{Errors: list}
	r.Finish(ctx, e.logger)
	return &graphql.Response{Errors: r.Errors}
}

// plainValues converts the numbers of variables, which gqlgen's transports
// leave as text, to the types that Operation.Variables has: int64, float64, or
// json.Number for an integer that does not fit. It refuses NUL, which no store
// accepts.
func plainValues(variables map[string]any) *gqlerror.Error {
	for name, value := range variables {
		plain, fault := plainValue(value)
		if fault != nil {
			return fault
		}
		variables[name] = plain
	}
	return nil
}

func plainValue(value any) (_ any, fault *gqlerror.Error) {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		if !strings.ContainsAny(v.String(), ".eE") {
			return v, nil
		}
		f, err := v.Float64()
		if err != nil || math.IsInf(f, 0) {
			return nil, Errorf(apperr.BadUserInput, "variables: number out of range")
		}
		return f, nil
	case string:
		if strings.IndexByte(v, 0) >= 0 {
			return nil, Errorf(apperr.BadUserInput, "variables: NUL in a string")
		}
	case []any:
		for i := range v {
			if v[i], fault = plainValue(v[i]); fault != nil {
				return nil, fault
			}
		}
	case map[string]any:
		return v, plainValues(v)
	}
	return value, nil
}
