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
// about it.
type Response struct {
	// Data is JSON. Nil means that the operation was not executed; Errors and
	// Status say why.
	Data       []byte
	Errors     gqlerror.List
	Extensions map[string]any

	// Status is Executed unless Data is nil.
	Status Status

	// RetryAfter is how long the client should wait before it tries again; 0 if
	// waiting does not help.
	RetryAfter time.Duration

	// Cache says who may keep the response; with the zero value no one may.
	Cache CachePolicy

	// ETag is the entity tag (RFC 9110) of an answer that caches may keep, and
	// NotModified is set if the client has it already. Age is how long the answer
	// was kept here, and CacheStatus (RFC 9211) says what the server's caches did.
	ETag        string
	NotModified bool
	Age         time.Duration
	CacheStatus string

	// Forms keeps the body in other codings if the answer is kept; otherwise nil.
	Forms Forms

	// Cost is sent to the client as extensions.cost and in headers; nil if nothing
	// is sent.
	Cost *Cost

	// Header has further headers to set; it may be nil. Transports without headers
	// ignore it.
	Header http.Header

	// Cause is for the log: why the operation was refused, if the client does not
	// see it.
	Cause error
}

// Forms keeps the body of an answer that has only data, in the codings of HTTP,
// so that a transport makes each coding once. It is safe for concurrent use.
type Forms interface {
	// Form returns the body in a coding, such as "gzip": the kept one, or else
	// what encode returns. It must not be changed.
	Form(coding string, encode func() []byte) []byte
}

// Status is the outcome of an operation.
type Status int

// The statuses. RequestError is the client's mistake in a well-formed request;
// the others mean what their names mean in HTTP.
const (
	Executed Status = iota
	RequestError
	MethodNotAllowed // a mutation over a transport that must not change anything
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

// CachePolicy says who may keep a response, and for how long.
type CachePolicy struct {
	MaxAge time.Duration // 0: no one may without asking each time
	Public bool          // the same for all callers, so that shared caches may keep it

	// Stale is how much longer a cache may use it while it requests a new one.
	Stale time.Duration

	// Revalidate lets the caller's own cache keep it, if that cache asks each time
	// whether it is still valid.
	Revalidate bool
}

// Errorf returns a request error.
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
// the end of a context is TIMEOUT, and everything else is
// INTERNAL_SERVER_ERROR.
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
// error the request's id, and a code if it has none. Transports call it once
// for each response. Errors may be shared, so it copies them.
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

// allExtensions are the extensions together with the cost.
func (r *Response) allExtensions() map[string]any {
	if r.Cost == nil {
		return r.Extensions
	}
	all := make(map[string]any, len(r.Extensions)+1)
	maps.Copy(all, r.Extensions)
	all["cost"] = r.Cost
	return all
}
