package telemetry

import (
	"context"
	"math/rand/v2"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Request identifies one request in logs, errors and headers.
type Request struct {
	ID      string // never empty once in a context
	TraceID string // 32 hexadecimal digits, or empty without a trace
	SpanID  string // the caller's span, 16 hexadecimal digits, or empty
}

// idDigits are those of base 32 (RFC 4648).
const idDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// NewRequestID returns a random id of 26 characters. It is no secret, so it
// need not come from crypto/rand, which takes ten times as long.
func NewRequestID() string {
	var id [26]byte
	for half := range 2 {
		bits := rand.Uint64()
		for i := range 13 {
			id[13*half+i] = idDigits[bits&31]
			bits >>= 5
		}
	}
	return string(id[:])
}

// maxRequestID is the longest id taken from a caller, in bytes.
const maxRequestID = 128

// ValidRequestID tells whether an id sent by a caller may be kept: 1 to 128
// letters, digits and -_.:/+=@, so that it is safe in a header and in a log.
func ValidRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '.', c == ':', c == '/', c == '+', c == '=', c == '@':
		default:
			return false
		}
	}
	return true
}

// ParseTraceparent reads a W3C traceparent header. It reports false for a
// missing or malformed one, which the recommendation says to ignore.
func ParseTraceparent(header string) (traceID, spanID string, ok bool) {
	if header == "" {
		return "", "", false
	}
	parent := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": header}))
	return parent.TraceID().String(), parent.SpanID().String(), parent.IsValid()
}

type requestKey struct{}

// NewContext returns a context that belongs to r.
func NewContext(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// Value returns r if FromContext would look for it under this key, else nil: for
// a context that carries a request among other things.
func (r *Request) Value(key any) any {
	if key == (requestKey{}) {
		return r
	}
	return nil
}

// FromContext returns the context's request, or nil.
func FromContext(ctx context.Context) *Request {
	r, _ := ctx.Value(requestKey{}).(*Request)
	return r
}

// RequestID returns the id of the context's request, or "".
func RequestID(ctx context.Context) string {
	if r := FromContext(ctx); r != nil {
		return r.ID
	}
	return ""
}
