package executor

import (
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Limits for servers that strangers can reach; see WithMaxBytes and WithMaxErrors. Without these options there are none, as in gqlgen.
const (
	DefaultMaxBytes  = 64 << 20
	DefaultMaxErrors = 1000
)

// ErrTooLarge is what the error of an answer wraps whose data has more bytes than WithMaxBytes allows; the data is then null.
var ErrTooLarge = errors.New("the answer is too large")

// ErrTooManyErrors is what the error wraps that follows the last of those that WithMaxErrors allows; further ones are left out.
var ErrTooManyErrors = errors.New("there are too many errors")

// WithMaxBytes sets how many bytes of data an answer has at most; negative is no limit, the default. A small document can ask for an
// answer of any size, since lists within lists multiply.
func WithMaxBytes(n int) Option {
	return func(s *schema) { s.maxBytes = n }
}

// WithMaxErrors sets how many errors an answer has at most; negative is no limit, the default. gqlgen compares each new error of a
// null with all that are there.
func WithMaxErrors(n int) Option {
	return func(s *schema) { s.maxErrors = n }
}

// tooLargeError names the limit on bytes.
func (x *execution) tooLargeError() error {
	return fmt.Errorf("%w: its data has more than %d bytes", ErrTooLarge, x.schema.maxBytes)
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
		graphql.AddError(x, fmt.Errorf("%w: the first %d are listed", ErrTooManyErrors, x.schema.maxErrors))
	}
	return n <= int64(x.schema.maxErrors)
}
