package server

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// transport answers /graphql as the GraphQL-over-HTTP specification says. It
// decodes an operation from the request and encodes its response; the handler
// does everything in between.
type transport struct {
	handle       operation.Handler
	limits       operation.Limits
	authenticate func(*http.Request) (context.Context, error)
	logger       *slog.Logger

	coder       *coder // nil: nothing is compressed
	compressMin int

	buffers      buffers
	contentTypes [2][]string // header values, by media type
}

func newTransport(o Options, c *coder) *transport {
	return &transport{
		coder:        c,
		compressMin:  o.CompressMinBytes,
		handle:       o.Operations,
		limits:       o.Limits,
		authenticate: o.Authenticate,
		logger:       o.Logger,
		contentTypes: [2][]string{
			mediaJSON:     {mediaJSON.contentType()},
			mediaResponse: {mediaResponse.contentType()},
		},
	}
}

// ServeHTTP answers one request. It checks in the order of the specification:
// method, Accept, who asks, parameters, operation.
func (t *transport) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchangeFrom(r.Context())
	media, acceptable := negotiate(r.Header)
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodPost && r.Method != http.MethodGet && r.Method != http.MethodHead:
		t.fail(w, r, media, methodNotAllowed("GET, POST, OPTIONS", "use POST, or GET for a query"))
		return
	case !acceptable:
		t.fail(w, r, media, requestErrorf(http.StatusNotAcceptable,
			"this server answers with %s or %s: accept one of them", responseType, jsonType))
		return
	}
	ctx, err := t.authenticate(r)
	if err != nil {
		t.unauthenticated(w, r, media, err)
		return
	}
	if wrong := t.decode(w, r, &x.operation); wrong != nil {
		t.fail(w, r, media, wrong)
		return
	}
	t.run(ctx, w, r, x, media)
}

// decode reads the operation from the request.
func (t *transport) decode(w http.ResponseWriter, r *http.Request, op *operation.Operation) *requestError {
	op.Header = r.Header
	op.Once = true
	var wrong *requestError
	if r.Method == http.MethodPost {
		if r.PathValue("document") != "" {
			return methodNotAllowed("GET, HEAD", "use GET for a document by its path, or POST /graphql")
		}
		wrong = t.readBody(w, r, op)
	} else {
		op.QueriesOnly = true
		if wrong = t.readQuery(r, op); wrong == nil {
			wrong = readDocumentPath(r, op)
		}
	}
	if wrong == nil && op.Query == "" && !op.Named() {
		wrong = malformed("query is missing: send the document as a non-empty string named query")
	}
	return wrong
}

// readDocumentPath takes the document's name from the path, which is what
// caches need: /graphql/sha256:HASH.
func readDocumentPath(r *http.Request, op *operation.Operation) *requestError {
	name := r.PathValue("document")
	switch {
	case name == "":
	case op.Query != "" || op.Named():
		return malformed("the path names the document: send neither query nor documentId nor persistedQuery beside it")
	default:
		op.DocumentID = name
	}
	return nil
}

// run hands the operation to the handler and answers with its response.
func (t *transport) run(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange, media mediaType) {
	buffer := t.buffers.get()
	defer t.buffers.put(buffer)
	x.operation.Buffer = buffer
	x.operating = true
	t.handle(ctx, &x.operation, x.receive)
	if x.answer == nil {
		t.stopped(ctx, w, r, x, media)
		return
	}
	status := httpStatus(x.answer.Status, media)
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	t.write(w, r, media, status, x.answer)
}

// receive is the operation.Send of a request, which has one answer. The answer
// is written after the steps have returned, so that a client that reads slowly
// holds up only its own connection.
func (x *exchange) receive(response *operation.Response) bool {
	x.answer = response
	return false
}

// unauthenticated answers a failed authentication: a caller with a bad token is
// never taken for an anonymous one.
func (t *transport) unauthenticated(w http.ResponseWriter, r *http.Request, media mediaType, err error) {
	failed := operation.Fail(err)
	status := http.StatusBadRequest
	if failed.Status != operation.RequestError {
		status = httpStatus(failed.Status, media)
	}
	if failed.Status == operation.Unauthenticated {
		w.Header().Set("Www-Authenticate", `Bearer error="invalid_token"`)
	}
	t.write(w, r, media, status, failed)
}

// statusClientGone is for the log only: no one is left to read the answer.
const statusClientGone = 499

// stopped answers an operation that was cancelled before it gave a response.
func (t *transport) stopped(ctx context.Context, w http.ResponseWriter, r *http.Request, x *exchange, media mediaType) {
	status := http.StatusGatewayTimeout
	if errors.Is(ctx.Err(), context.Canceled) {
		x.clientGone = true
		status = statusClientGone
	}
	t.fail(w, r, media, &requestError{
		status: status,
		err:    operation.Errorf(apperr.Timeout, apperr.TimeoutMessage),
	})
}

// fail answers with one error and a status that is the same for both media
// types.
func (t *transport) fail(w http.ResponseWriter, r *http.Request, media mediaType, wrong *requestError) {
	maps.Copy(w.Header(), wrong.header)
	t.write(w, r, media, wrong.status, operation.Refuse(wrong.err))
}
