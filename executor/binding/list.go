package binding

import "github.com/99designs/gqlgen/graphql"

// Ptr writes the value behind a pointer, or null.
func Ptr[T any](w *Writer, v *T, write func(*Writer, T)) {
	if v == nil {
		w.Null()
		return
	}
	write(w, *v)
}

// List writes a list of leaves. A nil list is written as null or, if the type forbids null, as an empty list, as in gqlgen. If an element
// gives up, or is null where the type forbids it, the whole list gives up.
func List[T any](w *Writer, values []T, nonNull, elemNonNull bool, write func(*Writer, T)) {
	if values == nil && !nonNull {
		w.Null()
		return
	}
	outcome := Written
	w.Buf = append(w.Buf, '[')
	for i, v := range values {
		if i > 0 {
			w.Buf = append(w.Buf, ',')
		}
		write(w, v)
		if w.Outcome == GaveUp || w.Outcome == WroteNull && elemNonNull {
			outcome = GaveUp
		}
		w.Outcome = Written
	}
	w.Buf = append(w.Buf, ']')
	w.Outcome = outcome
}

// Enum writes the values of an enum type that marshals itself. The JSON of each known value is made only once.
type Enum[T interface {
	~string
	graphql.Marshaler
}] struct {
	known map[T][]byte
}

// EnumOf makes an Enum for the names in the schema.
func EnumOf[T interface {
	~string
	graphql.Marshaler
}](names ...string) *Enum[T] {
	known := make(map[T][]byte, len(names))
	for _, name := range names {
		var w Writer
		T(name).MarshalGQL(&w)
		known[T(name)] = w.Buf
	}
	return &Enum[T]{known: known}
}

// Write appends the JSON of v.
func (e *Enum[T]) Write(w *Writer, v T) {
	if json, ok := e.known[v]; ok {
		w.Buf = append(w.Buf, json...)
		return
	}
	v.MarshalGQL(w)
}
