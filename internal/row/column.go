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
// scan into, which is for SQLite and for transactions. write is the reverse of
// read: it appends what PostgreSQL would send, or reports NULL.
type Column[T any] struct {
	Name  string
	kind  string
	dest  func(*T) any
	read  func(row *T, raw []byte, a *Arena) error
	write func(b []byte, row *T) (to []byte, null bool)
}

var (
	errNull = errors.New("NULL where a value is wanted")
	errSize = errors.New("a value of another size than its type's")
)

// Text is a column of text, or of an enum.
func Text[T any](name string, at func(*T) *string) Column[T] {
	return Column[T]{
		Name: name,
		kind: "text",
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, a *Arena) error {
			if raw == nil {
				return errNull
			}
			*at(v) = a.text(raw)
			return nil
		},
		write: func(b []byte, v *T) ([]byte, bool) { return append(b, *at(v)...), false },
	}
}

// NullText is a column of text that may be NULL.
func NullText[T any](name string, at func(*T) **string) Column[T] {
	return Column[T]{
		Name: name,
		kind: "null text",
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, a *Arena) error {
			if raw != nil {
				s := a.texts.Next(a.Rows)
				*s = a.text(raw)
				*at(v) = s
			}
			return nil
		},
		write: func(b []byte, v *T) ([]byte, bool) {
			s := *at(v)
			if s == nil {
				return b, true
			}
			return append(b, *s...), false
		},
	}
}

// UUID is a column of UUIDs.
func UUID[T any](name string, at func(*T) *Key) Column[T] {
	return Column[T]{
		Name: name,
		kind: "uuid",
		dest: func(v *T) any { return (*uuid.UUID)(at(v)) },
		read: func(v *T, raw []byte, _ *Arena) error {
			if len(raw) != len(Key{}) {
				return errSize
			}
			*at(v) = Key(raw)
			return nil
		},
		write: func(b []byte, v *T) ([]byte, bool) { return append(b, at(v)[:]...), false },
	}
}

// NullUUID is a column of UUIDs that may be NULL; place makes room for a value
// and returns where it goes, and at returns where it is, or nil.
func NullUUID[T any](name string, dest func(*T) any, place, at func(*T) *Key) Column[T] {
	return Column[T]{
		Name: name,
		kind: "null uuid",
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
		write: func(b []byte, v *T) ([]byte, bool) {
			id := at(v)
			if id == nil {
				return b, true
			}
			return append(b, id[:]...), false
		},
	}
}

// Time is a column of times.
func Time[T any](name string, at func(*T) *time.Time) Column[T] {
	return Column[T]{
		Name:  name,
		kind:  "time",
		dest:  func(v *T) any { return at(v) },
		read:  func(v *T, raw []byte, _ *Arena) error { return readTime(at(v), raw) },
		write: func(b []byte, v *T) ([]byte, bool) { return appendTime(b, *at(v)), false },
	}
}

// NullTime is a column of times that may be NULL.
func NullTime[T any](name string, at func(*T) **time.Time) Column[T] {
	return Column[T]{
		Name: name,
		kind: "null time",
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, a *Arena) error {
			if raw == nil {
				return nil
			}
			t := a.times.Next(a.Rows)
			*at(v) = t
			return readTime(t, raw)
		},
		write: func(b []byte, v *T) ([]byte, bool) {
			t := *at(v)
			if t == nil {
				return b, true
			}
			return appendTime(b, *t), false
		},
	}
}

// Number is a column of whole numbers.
func Number[T any, N int | int64](name string, at func(*T) *N) Column[T] {
	return Column[T]{
		Name: name,
		kind: "number",
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, _ *Arena) error {
			if len(raw) != 8 {
				return errSize
			}
			*at(v) = N(binary.BigEndian.Uint64(raw))
			return nil
		},
		write: func(b []byte, v *T) ([]byte, bool) { return binary.BigEndian.AppendUint64(b, uint64(*at(v))), false },
	}
}

// Flag is a column of yes or no.
func Flag[T any](name string, at func(*T) *bool) Column[T] {
	return Column[T]{
		Name: name,
		kind: "flag",
		dest: func(v *T) any { return at(v) },
		read: func(v *T, raw []byte, _ *Arena) error {
			if len(raw) != 1 {
				return errSize
			}
			*at(v) = raw[0] != 0
			return nil
		},
		write: func(b []byte, v *T) ([]byte, bool) {
			if *at(v) {
				return append(b, 1), false
			}
			return append(b, 0), false
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

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()-epoch))
}
