// Package apperr is the error vocabulary of Weft: the codes a client sees in
// errors[].extensions.code and the error type that carries one.
//
// It knows nothing of GraphQL or HTTP. An error made here is safe to show; its
// cause is for the log and never leaves the server.
package apperr

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"
)

// Code is the word a client sees in errors[].extensions.code. The list is the
// product's contract: docs/errors.md explains each one.
type Code string

// The codes, in the order of docs/errors.md.
const (
	ParseFailed                Code = "GRAPHQL_PARSE_FAILED"
	ValidationFailed           Code = "GRAPHQL_VALIDATION_FAILED"
	BadUserInput               Code = "BAD_USER_INPUT"
	Unauthenticated            Code = "UNAUTHENTICATED"
	Forbidden                  Code = "FORBIDDEN"
	NotFound                   Code = "NOT_FOUND"
	Conflict                   Code = "CONFLICT"
	RateLimited                Code = "RATE_LIMITED"
	CostLimitExceeded          Code = "COST_LIMIT_EXCEEDED"
	DepthLimitExceeded         Code = "DEPTH_LIMIT_EXCEEDED"
	PersistedQueryNotFound     Code = "PERSISTED_QUERY_NOT_FOUND"
	PersistedQueryNotSupported Code = "PERSISTED_QUERY_NOT_SUPPORTED"
	PersistedQueryHashMismatch Code = "PERSISTED_QUERY_HASH_MISMATCH"
	PersistedQueryNotInList    Code = "PERSISTED_QUERY_NOT_IN_LIST"
	PersistedQueryIDRequired   Code = "PERSISTED_QUERY_ID_REQUIRED"
	Overloaded                 Code = "OVERLOADED"
	Timeout                    Code = "TIMEOUT"
	Internal                   Code = "INTERNAL_SERVER_ERROR"
)

// InternalMessage is all that a client learns of an internal failure.
const InternalMessage = "internal server error: quote the request id when you report it"

// TimeoutMessage is what a client is told whose request's time was over.
const TimeoutMessage = "the request took too long and was stopped"

// Codes returns every code, in the order of docs/errors.md.
func Codes() []Code {
	return []Code{
		ParseFailed, ValidationFailed, BadUserInput, Unauthenticated, Forbidden, NotFound, Conflict,
		RateLimited, CostLimitExceeded, DepthLimitExceeded, PersistedQueryNotFound,
		PersistedQueryNotSupported, PersistedQueryHashMismatch, PersistedQueryNotInList,
		PersistedQueryIDRequired, Overloaded, Timeout, Internal,
	}
}

// Field names one bad part of the input: Path is dotted, from the argument
// down ("input.title", "first"), Message says what is allowed.
type Field struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Error is a failure that a client may see. Message is shown as it stands, so
// it never holds an internal detail; Cause is for the log only.
type Error struct {
	Code    Code
	Message string
	Fields  []Field // set for BadUserInput and Conflict where a field is at fault
	Current *Object // set for Conflict where the client knows an older state
	Cause   error   // may be nil

	// RetryAfter is how long a client should wait before it tries again; 0
	// where waiting does not help. It is for RATE_LIMITED and OVERLOADED.
	RetryAfter time.Duration
}

// Object tells a client the state of an object, of which it knows an older
// one.
type Object struct {
	ID        string
	UpdatedAt time.Time
	Fields    map[string]any // what the client may have wanted to change, by the names of the schema
}

// MarshalJSON writes one object of id, updatedAt and the fields.
func (o *Object) MarshalJSON() ([]byte, error) {
	all := map[string]any{"id": o.ID, "updatedAt": o.UpdatedAt}
	maps.Copy(all, o.Fields)
	return json.Marshal(all)
}

// Error returns the message with its cause; use Message for clients.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New returns an error with a code and a message for the client.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap is New with a cause that stays in the log.
func Wrap(cause error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// Retry says how long to wait before trying again, and returns e.
func (e *Error) Retry(after time.Duration) *Error {
	e.RetryAfter = after
	return e
}

// BadInput reports one bad field: path as in Field, message says what is
// allowed.
func BadInput(path, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{
		Code:    BadUserInput,
		Message: path + ": " + message,
		Fields:  []Field{{Path: path, Message: message}},
	}
}

// CodeOf returns the code of the first *Error in err's chain, or Internal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
