package model

import (
	"fmt"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// timeLayout is RFC 3339 with as many fractional digits as there are, six at
// most: the stores keep microseconds.
const timeLayout = "2006-01-02T15:04:05.999999Z07:00"

// MarshalTime writes a time in UTC.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		// A failed write shows when the response is sent.
		_, _ = w.Write(AppendTime(make([]byte, 0, len(timeLayout)+2), t))
	})
}

// AppendTime appends a time in UTC as a JSON string.
func AppendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, timeLayout)
	return append(dst, '"')
}

// UnmarshalTime reads RFC 3339 in any zone.
func UnmarshalTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a Time is a string such as %q, not %v", "2026-01-31T12:00:00Z", v)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("%.64q is not a Time; write it as RFC 3339 does, such as %q", s, "2026-01-31T12:00:00Z")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}
