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

// AppendTime appends a time in UTC as a JSON string. It does by hand what
// AppendFormat does with timeLayout in five times the time: a list has many.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return append(t.AppendFormat(append(dst, '"'), timeLayout), '"')
	}
	hour, minute, second := t.Clock()
	dst = append(dst, '"')
	dst = append2(append2(dst, year/100), year%100)
	dst = append2(append(dst, '-'), int(month))
	dst = append2(append(dst, '-'), day)
	dst = append2(append(dst, 'T'), hour)
	dst = append2(append(dst, ':'), minute)
	dst = append2(append(dst, ':'), second)
	if micros := t.Nanosecond() / 1000; micros > 0 {
		dst = append2(append2(append2(append(dst, '.'), micros/10_000), micros/100%100), micros%100)
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return append(dst, 'Z', '"')
}

// append2 appends a number in two digits.
func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

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
