package operation

import (
	"context"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/statement"
)

// Operation is one query, mutation or subscription on its way. The transport
// sets what was sent; each step fills in what it finds out for the steps after
// it. One goroutine at a time owns it until it is executed, and from then on
// its exported fields do not change.
type Operation struct {
	// What was sent. A document is sent as its text or as one of its names: an id,
	// or the hash in the extension persistedQuery.
	Query      string
	DocumentID string
	Name       string         // operationName
	Variables  map[string]any // after the step Coerce, as it leaves them
	Extensions map[string]any
	Header     http.Header // of the request, or of the connection

	// What the transport allows.
	QueriesOnly bool // it must not change anything: it is a GET
	Once        bool // it carries one response, so it allows no subscription

	// Started is when the request arrived.
	Started time.Time

	// Stop ends the context of the operation. If the cause is an *apperr.Error,
	// that error is the answer. The transport sets Stop.
	Stop context.CancelCauseFunc

	// Buffer is lent to the execution for the data of the answer. The data stays
	// valid until the transport takes the buffer back; to keep it longer, copy it.
	// Nil means that the data is not shared.
	Buffer *[]byte

	// Register is set if the document was sent together with its hash, to be kept
	// under it unless the operation is refused. internal/persisted sets it.
	Register bool

	// Caller is who is asking, for shares and budgets: see the step Identify.
	Caller Caller

	// Document is set by the step Parse, and has passed validation after the step
	// Validate.
	Document *Document

	// Definition is the operation of the document that runs. The step Choose sets
	// it.
	Definition *ast.OperationDefinition

	// Price is how many points the operation costs at most; the step Price sets
	// it. Cost is what the caller has; the step that keeps budgets sets it, and
	// without that step it is nil.
	Price int64
	Cost  *Cost

	// Actual is what the execution cost, in points. It is 0 if nothing was
	// counted; the price then counts instead.
	Actual int64

	// RootFields is called around each root field, one after the other. If it is
	// nil, the root fields run concurrently.
	RootFields graphql.RootFieldMiddleware

	// Prepare makes the context of each response of a subscription, for example
	// with its own loaders. Nil means that all responses share one.
	Prepare func(context.Context) context.Context

	// Admitted is set if a step has given the operation a place of its own, so
	// that it takes none of the shared places.
	Admitted bool

	// Work is what the step of internal/admission stores in the operation.
	Work any

	// Depends notes what the operation reads if its answer may be kept, and is nil
	// otherwise. Answer is what the steps of internal/answer store in the
	// operation.
	Depends *depend.Recorder
	Answer  any

	// Rows are the cached rows for the loaders: see internal/rowcache. Nil if
	// none may be used.
	Rows any

	// Statements counts the SQL statements of the operation.
	Statements statement.Recorder

	// Explained collects what extensions.explain says besides statements; nil if
	// the client did not ask for it.
	Explained *Explained

	// Reading says which database the operation reads, and Writes is the position
	// of what it wrote. The step of internal/consistency sets them. Their zero
	// values read the primary and note nothing.
	Reading replica.Reading
	Writes  *position.Recorder

	response   Response     // if the execution has only one: saves an allocation
	errorBytes atomic.Int64 // of the errors of the response in the making
}

// Again returns an operation that asks for the same once more, without a
// client. It reads a standby, as it may for an anonymous caller. o must be a
// query that has come as far as its execution. stop is the new operation's
// Stop.
func (o *Operation) Again(stop context.CancelCauseFunc) *Operation {
	again := &Operation{
		Query: o.Query, DocumentID: o.DocumentID, Name: o.Name, Variables: o.Variables, Extensions: o.Extensions, Header: o.Header,
		QueriesOnly: o.QueriesOnly, Once: o.Once, Started: time.Now(), Stop: stop, Buffer: new([]byte),
		Caller: o.Caller, Document: o.Document, Definition: o.Definition, Price: o.Price,
	}
	again.Reading.Anywhere()
	return again
}

// ClientName is what a client calls itself, in the header of Apollo's clients
// or in the one of others; "" if it has neither.
func ClientName(h http.Header) string {
	if name := h.Get("Apollographql-Client-Name"); name != "" {
		return name
	}
	return h.Get("Graphql-Client-Name")
}

// Named reports whether the document is given by an id or a hash.
func (o *Operation) Named() bool { return o.DocumentID != "" || o.Hash() != "" }

// Hash is the SHA-256 of the document's text in hexadecimal digits, as
// automatic persisted queries send it; "" if it was not sent.
func (o *Operation) Hash() string {
	persisted, _ := o.Extensions["persistedQuery"].(map[string]any)
	hash, _ := persisted["sha256Hash"].(string)
	return hash
}

// Spent is what the operation cost, in points.
func (o *Operation) Spent() int64 {
	if o.Actual > 0 {
		return o.Actual
	}
	return o.Price
}

// Type is "query", "mutation" or "subscription"; "" before the step Choose.
func (o *Operation) Type() ast.Operation {
	if o.Definition == nil {
		return ""
	}
	return o.Definition.Operation
}

// Caller is the one whose shares and budgets are used: a user or, without one,
// the network that a request came from. It is comparable, so it can be a key of
// maps.
type Caller struct {
	User    [16]byte     // zero for anonymous callers
	Network netip.Prefix // of anonymous callers: an address, or the /64 of IPv6
}

// Anonymous reports whether the caller is not a user.
func (c Caller) Anonymous() bool { return c.User == [16]byte{} }

type contextKey struct{}

// NewContext returns a context for o, in which resolvers find it and statements
// are counted.
func NewContext(ctx context.Context, o *Operation) context.Context {
	return &operationContext{ctx, o}
}

type operationContext struct {
	context.Context
	operation *Operation
}

// Value implements context.Context.
func (c *operationContext) Value(key any) any {
	if v := c.operation.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}

// Value returns what a context made by NewContext has under this key, or nil.
// It is for a context that carries an operation among other things.
func (o *Operation) Value(key any) any {
	if key == (contextKey{}) {
		return o
	}
	if v := executor.BufferValue(o.Buffer, key); v != nil {
		return v
	}
	if v := o.Reading.Value(key); v != nil {
		return v
	}
	if o.Writes != nil {
		if v := o.Writes.Value(key); v != nil {
			return v
		}
	}
	return o.Statements.Value(key)
}

// FromContext returns the context's operation, or nil.
func FromContext(ctx context.Context) *Operation {
	o, _ := ctx.Value(contextKey{}).(*Operation)
	return o
}
