package telemetry

import (
	"context"
	"math/rand/v2"
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
	// version "-" trace-id "-" parent-id "-" flags; later versions may append.
	const length = 55
	if len(header) < length || header[2] != '-' || header[35] != '-' || header[52] != '-' {
		return "", "", false
	}
	version := header[:2]
	if !isHex(version) || version == "ff" {
		return "", "", false
	}
	if len(header) > length && (version == "00" || header[length] != '-') {
		return "", "", false
	}
	traceID, spanID = header[3:35], header[36:52]
	if !isHex(traceID) || !isHex(spanID) || !isHex(header[53:55]) || isZero(traceID) || isZero(spanID) {
		return "", "", false
	}
	return traceID, spanID, true
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isZero(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
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
