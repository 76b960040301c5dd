package row

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"reflect"

	"github.com/cespare/xxhash/v2"
)

// Codec turns rows of one table into bytes and back, for those who do not know
// their type.
//
// The bytes of a row are the set of its columns, and then for each the length of
// its value plus one, or 0 for NULL, and the value as PostgreSQL would send it.
type Codec struct {
	Table string // its name

	// Layout stands for the columns: what was encoded with another layout cannot
	// be decoded.
	Layout string

	// Append appends the columns of a row, which is a pointer. The row must have
	// been read with them.
	Append func(b []byte, row any, columns Columns) []byte

	// Decode returns a row, as a pointer, the columns that it has, and how many
	// bytes it takes.
	Decode func(b []byte) (row any, columns Columns, bytes int, err error)
}

// Codec returns the codec of the table.
func (t *Table[T]) Codec() *Codec {
	h := xxhash.New()
	for _, c := range t.Columns {
		_, _ = fmt.Fprintf(h, "%s %s\n", c.Name, c.kind) // a hash takes everything
	}
	size := int(reflect.TypeFor[T]().Size())
	return &Codec{
		Table:  t.Name,
		Layout: fmt.Sprintf("%s.%08x", t.Name, uint32(h.Sum64())),
		Append: func(b []byte, row any, columns Columns) []byte { return appendRow(b, t.Columns, row.(*T), columns) },
		Decode: func(b []byte) (any, Columns, int, error) {
			v, columns, err := decodeRow(b, t.Columns)
			if err != nil {
				return nil, 0, 0, fmt.Errorf("decode a row of %s: %w", t.Name, err)
			}
			return v, columns, size + len(b), nil
		},
	}
}

// maxLength is how many bytes a length of one byte can tell: most values are
// shorter.
const maxLength = 0x7f

func appendRow[T any](b []byte, all []Column[T], v *T, columns Columns) []byte {
	b = binary.AppendUvarint(b, uint64(columns))
	for i := range all {
		if columns&(1<<i) == 0 {
			continue
		}
		at := len(b)
		var null bool
		if b, null = all[i].write(append(b, 0), v); null {
			continue
		}
		length := len(b) - at // of the value, and one
		if length <= maxLength {
			b[at] = byte(length)
			continue
		}
		// The length takes more room than was left for it.
		var room [binary.MaxVarintLen64]byte
		n := binary.PutUvarint(room[:], uint64(length))
		b = append(b, room[1:n]...)
		copy(b[at+n:], b[at+1:at+length])
		copy(b[at:], room[:n])
	}
	return b
}

var errCut = errors.New("it ends too soon")

// decodeRow reads what appendRow wrote. The row has its own memory: one part for
// all of its texts.
func decodeRow[T any](b []byte, all []Column[T]) (v *T, columns Columns, err error) {
	set, n := binary.Uvarint(b)
	if n <= 0 || bits.Len64(set) > len(all) {
		return nil, 0, errors.New("there are no such columns")
	}
	b = b[n:]
	v = new(T)
	a := &Arena{Rows: 1}
	a.buffer.Grow(len(b))
	for i := range all {
		if set&(1<<i) == 0 {
			continue
		}
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n)+1 {
			return nil, 0, errCut
		}
		b = b[n:]
		var raw []byte
		if length > 0 {
			raw, b = b[:length-1:length-1], b[length-1:]
		}
		if err := all[i].read(v, raw, a); err != nil {
			return nil, 0, fmt.Errorf("column %s: %w", all[i].Name, err)
		}
	}
	if len(b) > 0 {
		return nil, 0, errors.New("it goes on after its last column")
	}
	return v, Columns(set), nil
}
