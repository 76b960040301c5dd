package model

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Date is a day, bound to functions; AppendDate is the quick way.
type Date struct{ time.Time }

// MarshalDate implements the scalar Date. Day zero is null.
func MarshalDate(d Date) graphql.Marshaler {
	if d.IsZero() {
		return graphql.Null
	}
	return graphql.MarshalString(d.Format(time.DateOnly))
}

// UnmarshalDate implements the scalar Date.
func UnmarshalDate(v any) (Date, error) {
	s, ok := v.(string)
	if !ok {
		return Date{}, errors.New("a date is a string")
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date", s)
	}
	return Date{t}, nil
}

// Money is a scalar that appends itself.
type Money int64

// AppendGQL implements binding.Appender.
func (m Money) AppendGQL(dst []byte) []byte {
	return append(strconv.AppendInt(append(dst, '"'), int64(m), 10), '"')
}

// MarshalGQL implements graphql.Marshaler.
func (m Money) MarshalGQL(w io.Writer) { _, _ = w.Write(m.AppendGQL(nil)) }

// UnmarshalGQL implements graphql.Unmarshaler.
func (m *Money) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return errors.New("money is a string")
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(s, ".", ""), 10, 64)
	*m = Money(n)
	return err
}

// Upper is bound to functions with a quick one beside them.
type Upper string

// MarshalUpper implements the scalar Upper.
func MarshalUpper(u Upper) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(AppendUpper(nil, u)) })
}

// AppendUpper is MarshalUpper without a Marshaler.
func AppendUpper(dst []byte, u Upper) []byte {
	return strconv.AppendQuote(dst, strings.ToUpper(string(u)))
}

// UnmarshalUpper implements the scalar Upper.
func UnmarshalUpper(v any) (Upper, error) {
	s, err := graphql.UnmarshalString(v)
	return Upper(s), err
}

// Size is an enum bound value by value.
type Size int

// The sizes.
const (
	SizeSmall Size = iota
	SizeLarge
)
