package binding

import (
	"io"
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Writer appends JSON to a buffer, byte for byte as gqlgen's marshallers write it.
type Writer struct {
	// Buf is what has been written.
	Buf []byte
	// Outcome is the outcome of the last value. The executor reads and resets it.
	Outcome Outcome
}

// Outcome says how writing a value went.
type Outcome uint8

const (
	// Written is the usual outcome.
	Written Outcome = iota
	// WroteNull means that the value is null, which is fine if the field's type allows it.
	WroteNull
	// GaveUp means that gqlgen's marshaller must handle the value, because it has an error to report or needs a context.
	GaveUp
)

// Appender is implemented by scalar types that write their own JSON. It is faster than gqlgen's graphql.Marshaler, and must give the same
// bytes.
//
// For a scalar that is bound to the functions MarshalT and UnmarshalT, the plugin looks for a function AppendT([]byte, T) []byte in the
// same package.
type Appender interface {
	AppendGQL(dst []byte) []byte
}

var _ io.Writer = (*Writer)(nil)

// Write lets a graphql.Marshaler write to a Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.Buf = append(w.Buf, p...)
	return len(p), nil
}

// WriteString saves io.WriteString from copying.
func (w *Writer) WriteString(s string) (int, error) {
	w.Buf = append(w.Buf, s...)
	return len(s), nil
}

// Null writes null.
func (w *Writer) Null() {
	w.Buf = append(w.Buf, "null"...)
	w.Outcome = WroteNull
}

// GiveUp leaves the value to gqlgen's marshaller.
func (w *Writer) GiveUp() { w.Outcome = GaveUp }

type signed interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64
}

type unsigned interface {
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Int writes a signed integer.
func Int[T signed](w *Writer, v T) { w.Buf = strconv.AppendInt(w.Buf, int64(v), 10) }

// Uint writes an unsigned integer.
func Uint[T unsigned](w *Writer, v T) { w.Buf = strconv.AppendUint(w.Buf, uint64(v), 10) }

// IntID writes an integer as a string.
func IntID[T signed](w *Writer, v T) {
	w.Buf = append(strconv.AppendInt(append(w.Buf, '"'), int64(v), 10), '"')
}

// UintID writes an unsigned integer as a string.
func UintID[T unsigned](w *Writer, v T) {
	w.Buf = append(strconv.AppendUint(append(w.Buf, '"'), uint64(v), 10), '"')
}

// Bool writes true or false.
func (w *Writer) Bool(v bool) { w.Buf = strconv.AppendBool(w.Buf, v) }

// Float writes a number. It gives up on infinities and NaN, which JSON does not have.
func (w *Writer) Float(v float64) {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		w.GiveUp()
		return
	}
	w.Buf = strconv.AppendFloat(w.Buf, v, 'g', -1, 64)
}

// Time writes RFC 3339 with nanoseconds; the zero time is null.
func (w *Writer) Time(v time.Time) {
	if v.IsZero() {
		w.Null()
		return
	}
	w.Buf = append(v.AppendFormat(append(w.Buf, '"'), time.RFC3339Nano), '"')
}

// Marshal writes what a gqlgen marshaller writes.
func (w *Writer) Marshal(m graphql.Marshaler) {
	if m == graphql.Null {
		w.Null()
		return
	}
	m.MarshalGQL(w)
}
