package server

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// transport answers /graphql after the GraphQL-over-HTTP specification.
type transport struct {
	operations       *operations
	documents        *documents
	schema           *ast.Schema
	limits           Limits
	authenticate     func(*http.Request) (context.Context, error)
	operationContext func(context.Context, context.CancelCauseFunc) context.Context
	lend             func(context.Context, *[]byte) context.Context
	explain          func(context.Context) bool
	logger           *slog.Logger

	buffers      buffers
	contentTypes [2][]string // header values, by media type
}

func newTransport(o Options) *transport {
	return &transport{
		operations:       newOperations(o),
		documents:        newDocuments(o.Schema.Schema(), o),
		schema:           o.Schema.Schema(),
		limits:           o.Limits,
		authenticate:     o.Authenticate,
		operationContext: o.OperationContext,
		lend:             o.Buffer,
		explain:          o.Explain,
		logger:           o.Logger,
		contentTypes: [2][]string{
			mediaJSON:     {mediaJSON.contentType()},
			mediaResponse: {mediaResponse.contentType()},
		},
	}
}

// ServeHTTP answers one request in the order of the specification: method,
// Accept, who asks, parameters, document, operation, variables, execution.
func (t *transport) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchangeFrom(r.Context())
	media, acceptable := negotiate(r.Header)
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodPost && r.Method != http.MethodGet && r.Method != http.MethodHead:
		t.refuse(w, r, media, methodNotAllowed("GET, POST, OPTIONS", "use POST, or GET for a query"))
		return
	case !acceptable:
		t.refuse(w, r, media, refuse(http.StatusNotAcceptable,
			"this server answers with %s or %s: accept one of them", responseType, jsonType))
		return
	}
	ctx, err := t.authenticate(r)
	if err != nil {
		t.refuse(w, r, media, t.unauthenticated(r.Context(), err))
		return
	}
	var p *params
	var wrong *refusal
	if r.Method == http.MethodPost {
		p, wrong = t.readBody(w, r)
	} else {
		p, wrong = t.readQuery(r)
	}
	if wrong == nil && p.query == "" {
		wrong = malformed("query is missing: send the document as a non-empty string named query")
	}
	if wrong != nil {
		t.refuse(w, r, media, wrong)
		return
	}
	t.run(ctx, w, r, x, media, p)
}

// run loads the document and executes the operation.
func (t *transport) run(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange, media mediaType, p *params) {
	loaded, faults := t.documents.load(p.query)
	if faults != nil {
		t.requestErrors(w, r, x, media, faults)
		return
	}
	x.document = loaded
	operation, fault := selectOperation(loaded.doc, p.operationName)
	if fault != nil {
		t.requestErrors(w, r, x, media, gqlerror.List{fault})
		return
	}
	x.operationName, x.operationType = operation.Name, string(operation.Operation)
	switch {
	case operation.Operation == ast.Subscription:
		t.requestErrors(w, r, x, media, gqlerror.List{codedError(apperr.BadUserInput,
			"a subscription cannot be answered by a single response")})
		return
	case operation.Operation == ast.Mutation && r.Method != http.MethodPost:
		t.refuse(w, r, media, methodNotAllowed("POST", "a mutation needs POST"))
		return
	}
	if p.variables, faults = coerceVariables(t.schema, operation, p.variables); faults != nil {
		t.requestErrors(w, r, x, media, faults)
		return
	}
	answer := t.buffers.get()
	defer t.buffers.put(answer)
	result, explained, faults := t.execute(t.lend(ctx, answer), r, x, operation, p)
	switch {
	case faults != nil:
		t.requestErrors(w, r, x, media, faults)
		return
	case result == nil:
		t.stopped(ctx, w, r, x, media)
		return
	case explained:
		result.Extensions = withExplain(result.Extensions, x)
	}
	t.writeResult(w, r, x, media, result)
}

// explainHeader asks for the statements of an operation. It is the canonical
// form of GraphQL-Explain, which any other has to be changed into.
const explainHeader = "Graphql-Explain"

// execute runs the operation. It returns no result and no faults when the
// request was cancelled first. An operation that cancelled its own context with
// an *apperr.Error as the cause is answered with that error alone.
func (t *transport) execute(ctx context.Context, r *http.Request, x *exchange, operation *ast.OperationDefinition, p *params) (result *graphql.Response, explained bool, faults gqlerror.List) {
	explained = r.Header.Get(explainHeader) == "1" && t.explain(ctx)
	x.recorder.Keep = explained
	x.executing = true
	ctx = graphql.WithOperationContext(ctx, t.operations.prepare(x.document, operation, p, r.Header))
	ctx = t.operationContext(ctx, x.stop)
	result = t.operations.run(ctx)
	if stopped, ok := errors.AsType[*apperr.Error](context.Cause(ctx)); ok {
		return nil, false, gqlerror.List{toClient(ctx, t.logger, stopped)}
	}
	return result, explained, nil
}

// selectOperation finds the operation to run after the specification's
// GetOperation.
func selectOperation(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, *gqlerror.Error) {
	if operation := doc.Operations.ForName(name); operation != nil {
		return operation, nil
	}
	if name == "" {
		return nil, codedError(apperr.BadUserInput,
			"the document contains %d operations: name one in operationName", len(doc.Operations))
	}
	return nil, codedError(apperr.BadUserInput, "the document contains no operation with the name given in operationName")
}

func methodNotAllowed(allow, message string) *refusal {
	answer := refuse(http.StatusMethodNotAllowed, "%s", message)
	answer.header = http.Header{"Allow": {allow}}
	return answer
}

// unauthenticated answers a failed authentication; a bad token is never taken
// for none.
func (t *transport) unauthenticated(ctx context.Context, err error) *refusal {
	shown := toClient(ctx, t.logger, err)
	answer := &refusal{status: statusOf(apperr.CodeOf(err)), err: shown}
	if apperr.CodeOf(err) == apperr.Unauthenticated {
		answer.header = http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}
	}
	return answer
}

// statusClientGone is for the log only: no one is left to read the answer.
const statusClientGone = 499

// stopped answers an operation that was cancelled before it gave a result.
func (t *transport) stopped(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange, media mediaType) {
	status := http.StatusGatewayTimeout
	if errors.Is(ctx.Err(), context.Canceled) {
		x.clientGone = true
		status = statusClientGone
	}
	t.refuse(w, r, media, &refusal{
		status: status,
		err:    codedError(apperr.Timeout, "the request took too long and was stopped"),
	})
}

// refuse answers with one error and a status that both media types share.
func (t *transport) refuse(w http.ResponseWriter, r *http.Request, media mediaType, answer *refusal) {
	maps.Copy(w.Header(), answer.header)
	x := exchangeFrom(r.Context())
	t.write(w, r, media, answer.status, x.stamp(gqlerror.List{answer.err}), nil, nil)
}

// requestErrors answers a well-formed request that was not executed.
func (t *transport) requestErrors(w http.ResponseWriter, r *http.Request, x *exchange, media mediaType, faults gqlerror.List) {
	status := http.StatusOK
	if media == mediaResponse {
		status = http.StatusBadRequest
	}
	t.write(w, r, media, status, x.stamp(faults), nil, nil)
}
