package operation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/telemetry"
)

// Response is one answer to an operation, with what a transport needs to know
// of it.
type Response struct {
	// Data is JSON; nil means that the operation was not executed, and why is
	// in Errors and Status.
	Data       []byte
	Errors     gqlerror.List
	Extensions map[string]any

	// Status is Executed unless Data is nil.
	Status Status

	// RetryAfter is how long the client should wait before it tries again; 0
	// where waiting does not help.
	RetryAfter time.Duration

	// Cache is who may keep the response; the zero value is nobody.
	Cache CachePolicy

	// ETag is the entity tag (RFC 9110) of an answer that caches may keep, and
	// NotModified tells that the client has it already. Age is how long it was
	// kept here, and CacheStatus (RFC 9211) what the caches of the server did.
	ETag        string
	NotModified bool
	Age         time.Duration
	CacheStatus string

	// Forms keeps the body in other codings, if the answer is kept; nil else.
	Forms Forms

	// Cost is told to the client as extensions.cost and in headers; nil where
	// nothing is to be told.
	Cost *Cost

	// Header has further headers to set; may be nil. Transports without
	// headers ignore it.
	Header http.Header

	// Cause is for the log: why the operation was refused, if the client is
	// not told.
	Cause error
}

// Forms keeps what the body of an answer that has data alone is in the codings of
// HTTP, so that a transport makes each once. It is safe for concurrent use.
type Forms interface {
	// Form returns the body in a coding, such as "gzip", as it is kept or as
	// encode makes it. Nobody changes it.
	Form(coding string, encode func() []byte) []byte
}

// Status is what became of an operation.
type Status int

// The statuses. RequestError is a fault of the client's in a well-formed
// request; the others are what their names say in HTTP.
const (
	Executed Status = iota
	RequestError
	MethodNotAllowed // a mutation by a transport that must not change anything
	Unauthenticated
	Forbidden
	TooManyRequests
	Overloaded
	Timeout
	InternalError
)

// StatusOf is the status of an operation that was not executed, by the code of
// its first error.
func StatusOf(code apperr.Code) Status {
	switch code {
	case apperr.Unauthenticated:
		return Unauthenticated
	case apperr.Forbidden:
		return Forbidden
	case apperr.RateLimited:
		return TooManyRequests
	case apperr.Overloaded:
		return Overloaded
	case apperr.Timeout:
		return Timeout
	case apperr.Internal:
		return InternalError
	}
	return RequestError
}

// CachePolicy says who may keep a response, for how long.
type CachePolicy struct {
	MaxAge time.Duration // 0: nobody may, without asking
	Public bool          // the same for all callers, so that shared caches may keep it

	// Stale is for how much longer a cache may give it while it asks for a new one.
	Stale time.Duration

	// Revalidate lets the caller's own cache keep it, if it asks each time whether
	// it is still good.
	Revalidate bool
}

// Errorf makes an error of the request.
func Errorf(code apperr.Code, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{
		Message:    fmt.Sprintf(format, args...),
		Extensions: map[string]any{"code": string(code)},
	}
}

// Refuse is the response to an operation that is not executed, with the status
// of the first error's code.
func Refuse(errs ...*gqlerror.Error) *Response {
	code, _ := errs[0].Extensions["code"].(string)
	return &Response{Errors: errs, Status: StatusOf(apperr.Code(code))}
}

// Fail is Refuse for the failure of a step. An *apperr.Error is shown as it is,
// the end of a context is TIMEOUT, and all else INTERNAL_SERVER_ERROR.
func Fail(err error) *Response {
	shown, cause := present(err)
	failed := Refuse(shown)
	failed.Cause = cause
	if known, ok := errors.AsType[*apperr.Error](err); ok {
		failed.RetryAfter = known.RetryAfter
	}
	return failed
}

// Finish completes a response for the wire: it logs the cause, and gives each
// error the id of the request, and a code where it has none. Transports call
// it, once for each response. Errors may be shared, so it copies them.
func (r *Response) Finish(ctx context.Context, logger *slog.Logger) {
	if r.Cause != nil {
		logCause(ctx, logger, r.Cause)
	}
	if len(r.Errors) == 0 {
		return
	}
	id := telemetry.RequestID(ctx)
	finished := make(gqlerror.List, 0, len(r.Errors))
	for _, err := range r.Errors {
		if err == nil {
			continue
		}
		own := *err
		own.Extensions = make(map[string]any, len(err.Extensions)+2)
		maps.Copy(own.Extensions, err.Extensions)
		if own.Extensions["code"] == nil {
			own.Extensions["code"] = string(apperr.Internal)
		}
		own.Extensions["requestId"] = id
		finished = append(finished, &own)
	}
	r.Errors = finished
}

// allExtensions are the extensions with what the response carries as a value.
func (r *Response) allExtensions() map[string]any {
	if r.Cost == nil {
		return r.Extensions
	}
	all := make(map[string]any, len(r.Extensions)+1)
	maps.Copy(all, r.Extensions)
	all["cost"] = r.Cost
	return all
}
