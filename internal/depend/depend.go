// Package depend says what an answer depends on, and what a change touches, in
// the same keys: an answer may be kept until one of its keys is touched.
//
// A row is one key. A list is the rows of a table that have the same value in a
// column (the comments of a post) or all of them (the newest posts); it depends
// on rows that come and go, and on those columns that decide what is in it and
// in which order. Both ends make their keys here, so that they agree; package
// cache compares them.
package depend

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Key is the hash of what it stands for, the same in all processes. Two things
// that share a key cost an answer now and then, and never its correctness.
type Key uint64

// kinds of keys.
const (
	ofRow = iota + 1
	ofTable
	ofWhole
	ofAll
	ofList
	ofUnknown
	ofAnyRow
	ofRest
)

// Row is the row of a table with this id, also one that does not exist yet.
func Row(table string, id [16]byte) Key { return sum(ofRow, table, "", "", id) }

// Rest is a row without the counter of its table.
func Rest(table string, id [16]byte) Key { return sum(ofRest, table, "", "", id) }

// AnyRow is a row of a table of which nobody knows the id: each row depends on
// it.
func AnyRow(table string) Key { return sum(ofAnyRow, table, "", "", [16]byte{}) }

// Table is everything in a table.
func Table(table string) Key { return sum(ofTable, table, "", "", [16]byte{}) }

// Whole is a change of a table of which nothing more is known. Every answer that
// read the table depends on it.
func Whole(table string) Key { return sum(ofWhole, table, "", "", [16]byte{}) }

// All is a column in all rows of a table; with "" it is the rows that come and
// go.
func All(table, column string) Key { return sum(ofAll, table, "", column, [16]byte{}) }

// Under is a column in the rows of a table that have the parent in the column
// ref; with "" it is the rows that come and go among them.
func Under(table, ref string, parent [16]byte, column string) Key {
	return sum(ofList, table, ref, column, parent)
}

// UnderAny is a column in the rows below parents that are not known: each list
// below a parent depends on it.
func UnderAny(table, ref, column string) Key { return sum(ofUnknown, table, ref, column, [16]byte{}) }

func sum(kind byte, table, ref, column string, id [16]byte) Key {
	var room [128]byte
	b := append(room[:0], kind)
	b = append(append(b, table...), 0)
	b = append(append(b, ref...), 0)
	b = append(append(b, column...), 0)
	return Key(xxhash.Sum64(append(b, id[:]...)))
}

// AppendBinary appends keys, eight bytes each.
func AppendBinary(dst []byte, keys []Key) []byte {
	for _, k := range keys {
		dst = binary.BigEndian.AppendUint64(dst, uint64(k))
	}
	return dst
}

// FromBinary reads what AppendBinary wrote.
func FromBinary(b []byte) []Key {
	keys := make([]Key, len(b)/8)
	for i := range keys {
		keys[i] = Key(binary.BigEndian.Uint64(b[8*i:]))
	}
	return keys
}
