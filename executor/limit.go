package executor

import (
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Suggested limits for servers that strangers can reach; see WithMaxBytes and WithMaxErrors. Without these options there is no limit, as in
// gqlgen.
const (
	DefaultMaxBytes  = 64 << 20
	DefaultMaxErrors = 1000
)

// ErrTooLarge is wrapped by the error of an answer whose data has more bytes than WithMaxBytes allows. The data is then null.
var ErrTooLarge = errors.New("the answer is too large")

// ErrTooManyErrors is wrapped by an extra error when there are more errors than WithMaxErrors allows; the excess errors are left out.
var ErrTooManyErrors = errors.New("there are too many errors")

// WithMaxBytes sets the largest number of bytes of data in an answer; negative means no limit, the default. A small document can request an
// answer of any size, because lists within lists multiply.
func WithMaxBytes(n int) Option {
	return func(s *schema) { s.maxBytes = n }
}

// WithMaxErrors sets the largest number of errors in an answer; negative means no limit, the default. For each null gqlgen compares the new
// error with all existing ones.
func WithMaxErrors(n int) Option {
	return func(s *schema) { s.maxErrors = n }
}

// tooLargeError returns an error that names the limit on bytes.
func (x *execution) tooLargeError() error {
	return fmt.Errorf("%w: its data has more than %d bytes", ErrTooLarge, x.schema.maxBytes)
}

// full reports whether the answer is already too large, so that nothing more needs to be written.
func (w *writer) full() bool { return w.x.tooLarge(len(w.Buf)) }

func (x *execution) tooLarge(bytes int) bool {
	return x.schema.maxBytes >= 0 && bytes > x.schema.maxBytes
}

// mayReport counts an error, and reports whether it may still be reported.
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
