package executor

import (
	"errors"

	"github.com/99designs/gqlgen/graphql"
)

// The limits of an answer unless the options below say otherwise.
const (
	DefaultMaxBytes  = 64 << 20
	DefaultMaxErrors = 1000
)

// ErrTooLarge is the error of an answer whose data has more bytes than WithMaxBytes allows; the data is then null.
var ErrTooLarge = errors.New("the answer is too large")

// ErrTooManyErrors follows the last of the errors that WithMaxErrors allows; further ones are left out.
var ErrTooManyErrors = errors.New("there are too many errors; further ones are left out")

// WithMaxBytes sets how many bytes of data an answer has at most; negative is no limit. A small document can ask for an answer of
// any size, since lists within lists multiply.
func WithMaxBytes(n int) Option {
	return func(s *schema) { s.maxBytes = n }
}

// WithMaxErrors sets how many errors an answer has at most; negative is no limit. gqlgen compares each new error of a null with
// all that are there.
func WithMaxErrors(n int) Option {
	return func(s *schema) { s.maxErrors = n }
}

// full tells whether the answer is too large already, so that nothing needs to be added.
func (w *writer) full() bool { return w.x.tooLarge(len(w.Buf)) }

func (x *execution) tooLarge(bytes int) bool {
	return x.schema.maxBytes >= 0 && bytes > x.schema.maxBytes
}

// mayReport counts an error, and says whether it is still to be reported.
func (x *execution) mayReport() bool {
	if x.schema.maxErrors < 0 {
		return true
	}
	n := x.reported.Add(1)
	if n == int64(x.schema.maxErrors)+1 {
		graphql.AddError(x, ErrTooManyErrors)
	}
	return n <= int64(x.schema.maxErrors)
}
