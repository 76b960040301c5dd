package row

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/uuid"
)

// Key is the UUID of a row or of a parent.
type Key = [16]byte

// Column is one column: its name, and how a value of it comes into a row. Of
// the two ways, read takes what PostgreSQL sent and dest gives a destination to
// scan into, which is for SQLite and for transactions.
type Column[T any] struct {
	Name string
	dest func(*T) any
	read func(row *T, raw []byte, a *Arena) error
}

var (
	errNull = errors.New("NULL where a value is wanted")
	errSize = errors.New("a value of another size than its type's")
)

// Text is a column of text, or of an enum.
func Text[T any](name string, at func(*T) *string) Column[T] {
	return Column[T]{
		Name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, a *Arena) error {
			if raw == nil {
				return errNull
			}
			*at(v) = a.text(raw)
			return nil
		},
	}
}

// NullText is a column of text that may be NULL.
func NullText[T any](name string, at func(*T) **string) Column[T] {
	return Column[T]{
		Name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, a *Arena) error {
			if raw != nil {
				s := a.texts.Next(a.Rows)
				*s = a.text(raw)
				*at(v) = s
			}
			return nil
		},
	}
}

// UUID is a column of UUIDs.
func UUID[T any](name string, at func(*T) *Key) Column[T] {
	return Column[T]{
		Name: name,
		dest: func(v *T) any { return (*uuid.UUID)(at(v)) },
		read: func(v *T, raw []byte, _ *Arena) error {
			if len(raw) != len(Key{}) {
				return errSize
			}
			*at(v) = Key(raw)
			return nil
		},
	}
}

// NullUUID is a column of UUIDs that may be NULL; place makes room for a value
// and returns where it goes.
func NullUUID[T any](name string, dest func(*T) any, place func(*T) *Key) Column[T] {
	return Column[T]{
		Name: name,
		dest: dest,
		read: func(v *T, raw []byte, _ *Arena) error {
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

// Time is a column of times.
func Time[T any](name string, at func(*T) *time.Time) Column[T] {
	return Column[T]{
		Name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, _ *Arena) error { return readTime(at(v), raw) },
	}
}

// NullTime is a column of times that may be NULL.
func NullTime[T any](name string, at func(*T) **time.Time) Column[T] {
	return Column[T]{
		Name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, a *Arena) error {
			if raw == nil {
				return nil
			}
			t := a.times.Next(a.Rows)
			*at(v) = t
			return readTime(t, raw)
		},
	}
}

// Number is a column of whole numbers.
func Number[T any, N int | int64](name string, at func(*T) *N) Column[T] {
	return Column[T]{
		Name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, _ *Arena) error {
			if len(raw) != 8 {
				return errSize
			}
			*at(v) = N(binary.BigEndian.Uint64(raw))
			return nil
		},
	}
}

// Flag is a column of yes or no.
func Flag[T any](name string, at func(*T) *bool) Column[T] {
	return Column[T]{
		Name: name,
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, _ *Arena) error {
			if len(raw) != 1 {
				return errSize
			}
			*at(v) = raw[0] != 0
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
