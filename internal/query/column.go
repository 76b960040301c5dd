package query

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/uuid"
)

// column is one column: its name, and how a value of it comes into a row. Of
// the two ways, read takes what PostgreSQL sent and dest gives a destination to
// scan into, which is for SQLite and for transactions.
type column[T any] struct {
	name string
	dest func(*T) any
	read func(row *T, raw []byte, m *memory) error
}

var (
	errNull = errors.New("NULL where a value is wanted")
	errSize = errors.New("a value of another size than its type's")
)

// text is a column of text, or of an enum.
func text[T any](name string, at func(*T) *string) column[T] {
	return column[T]{
		name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, m *memory) error {
			if raw == nil {
				return errNull
			}
			*at(v) = m.text(raw)
			return nil
		},
	}
}

// nullText is a column of text that may be NULL.
func nullText[T any](name string, at func(*T) **string) column[T] {
	return column[T]{
		name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, m *memory) error {
			if raw != nil {
				s := m.texts.next(m.rows)
				*s = m.text(raw)
				*at(v) = s
			}
			return nil
		},
	}
}

// key is a column of UUIDs.
func key[T any](name string, at func(*T) *Key) column[T] {
	return column[T]{
		name: name,
		dest: func(v *T) any { return (*uuid.UUID)(at(v)) },
		read: func(v *T, raw []byte, _ *memory) error {
			if len(raw) != len(Key{}) {
				return errSize
			}
			*at(v) = Key(raw)
			return nil
		},
	}
}

// nullKey is a column of UUIDs that may be NULL; make returns the value's place.
func nullKey[T any](name string, dest func(*T) any, place func(*T) *Key) column[T] {
	return column[T]{
		name: name,
		dest: dest,
		read: func(v *T, raw []byte, _ *memory) error {
			if raw == nil {
				return nil
			}
			if len(raw) != len(Key{}) {
				return errSize
			}
			*place(v) = Key(raw)
			return nil
		},
	}
}

// moment is a column of times.
func moment[T any](name string, at func(*T) *time.Time) column[T] {
	return column[T]{
		name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, _ *memory) error { return readTime(at(v), raw) },
	}
}

// nullMoment is a column of times that may be NULL.
func nullMoment[T any](name string, at func(*T) **time.Time) column[T] {
	return column[T]{
		name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, m *memory) error {
			if raw == nil {
				return nil
			}
			t := m.times.next(m.rows)
			*at(v) = t
			return readTime(t, raw)
		},
	}
}

// number is a column of whole numbers.
func number[T any, N int | int64](name string, at func(*T) *N) column[T] {
	return column[T]{
		name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, _ *memory) error {
			if len(raw) != 8 {
				return errSize
			}
			*at(v) = N(binary.BigEndian.Uint64(raw))
			return nil
		},
	}
}

// epoch is where PostgreSQL's times start, in microseconds of Unix.
const epoch = 946684800_000_000

func readTime(t *time.Time, raw []byte) error {
	if len(raw) != 8 {
		return errSize
	}
	micros := int64(binary.BigEndian.Uint64(raw))
	if micros == 1<<63-1 || micros == -1<<63 {
		return errors.New("an infinite time")
	}
	*t = time.UnixMicro(micros + epoch).UTC()
	return nil
}
