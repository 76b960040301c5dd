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
// sets what was sent; steps fill in what they find out, for those after them.
// It belongs to one goroutine at a time until it is executed, and its exported
// fields are not changed from then on.
type Operation struct {
	// What was sent. A document comes as its text or as one of its names: an
	// id, or the hash in the extension persistedQuery.
	Query      string
	DocumentID string
	Name       string         // operationName
	Variables  map[string]any // as the step Coerce leaves them, once it was there
	Extensions map[string]any
	Header     http.Header // of the request, or of the connection

	// What the transport can do.
	QueriesOnly bool // it must not change anything, as a GET
	Once        bool // it carries one response, so no subscription

	// Started is when the request arrived.
	Started time.Time

	// Stop ends the context of the operation. If the cause is an
	// *apperr.Error, that error is the answer. The transport sets it.
	Stop context.CancelCauseFunc

	// Buffer is lent to the execution for the data of the answer, which stays
	// valid until the transport takes the buffer back; whoever keeps the data
	// copies it. Nil means that the data is nobody else's.
	Buffer *[]byte

	// Register tells that the document was sent together with its hash, to be
	// kept under it if the operation is not refused; set by internal/persisted.
	Register bool

	// Caller is who is asking, for shares and budgets: see the step Identify.
	Caller Caller

	// Document is set by the step Parse, and is valid after the step Validate.
	Document *Document

	// Definition is the operation of the document that runs; set by the step
	// Choose.
	Definition *ast.OperationDefinition

	// Price is how many points the operation costs at most; set by the step
	// Price. Cost is what the caller has; set by the step that keeps budgets,
	// nil without it.
	Price int64
	Cost  *Cost

	// Actual is what the execution came to, in points; 0 where nobody counted,
	// and then it is taken to be the price.
	Actual int64

	// RootFields is called around each root field, one after the other; nil
	// lets the root fields run together.
	RootFields graphql.RootFieldMiddleware

	// Prepare makes the context of each response of a subscription, such as
	// its loaders: nil means that they share one.
	Prepare func(context.Context) context.Context

	// Admitted tells that a step has given the operation a place of its own, so
	// that it takes none of those that all share.
	Admitted bool

	// Work is what the step of internal/admission keeps of the operation.
	Work any

	// Depends notes what the operation reads, where its answer may be kept; nil
	// else. Answer is what the steps of internal/answer keep of the operation.
	Depends *depend.Recorder
	Answer  any

	// Rows are those that are kept, for the loaders: see internal/rowcache. Nil
	// where none may be used.
	Rows any

	// Statements counts the SQL statements of the operation.
	Statements statement.Recorder

	// Explained takes what extensions.explain is to say beside statements; nil
	// where nobody asked.
	Explained *Explained

	// Reading is from where it reads, and Writes the position of what it wrote;
	// set by the step of internal/consistency. Their zero values read the
	// primary, and note nothing.
	Reading replica.Reading
	Writes  *position.Recorder

	response   Response     // of an execution that has one, to spare an allocation
	errorBytes atomic.Int64 // of the errors of the response that is being made
}

// Again returns an operation that asks for the same once more, of its own accord:
// as an anonymous caller may, it reads a standby. It is for a query that has come
// as far as its execution. stop is its Stop.
func (o *Operation) Again(stop context.CancelCauseFunc) *Operation {
	again := &Operation{
		Query: o.Query, DocumentID: o.DocumentID, Name: o.Name, Variables: o.Variables, Extensions: o.Extensions, Header: o.Header,
		QueriesOnly: o.QueriesOnly, Once: o.Once, Started: time.Now(), Stop: stop, Buffer: new([]byte),
		Caller: o.Caller, Document: o.Document, Definition: o.Definition, Price: o.Price,
	}
	again.Reading.Anywhere()
	return again
}

// ClientName is what a client calls itself, in the header of Apollo's clients or
// that of others; "" if it does not.
func ClientName(h http.Header) string {
	if name := h.Get("Apollographql-Client-Name"); name != "" {
		return name
	}
	return h.Get("Graphql-Client-Name")
}

// Named reports whether the document is named by an id or a hash.
func (o *Operation) Named() bool { return o.DocumentID != "" || o.Hash() != "" }

// Hash is the SHA-256 of the document's text in hexadecimal digits, as
// automatic persisted queries send it; "" if none was sent.
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

// Caller is whom shares and budgets are counted for: a user, or else the
// network that a request came from. It can be compared and is a key of maps.
type Caller struct {
	User    [16]byte     // zero for anonymous callers
	Network netip.Prefix // of anonymous callers: an address, or the /64 of IPv6
}

// Anonymous reports whether the caller is no user.
func (c Caller) Anonymous() bool { return c.User == [16]byte{} }

type contextKey struct{}

// NewContext returns a context for o: resolvers find it there, and statements
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

// Value returns what a context made by NewContext has under this key, else nil:
// for a context that carries an operation among other things.
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
