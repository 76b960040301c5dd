package rediscache

import (
	"encoding/binary"
	"errors"

	"github.com/cespare/xxhash/v2"

	"github.com/weftql/weft/internal/position"
)

// A value in Redis is a head and the data. The head is the version of the
// format, the length of the data, a checksum of the value's key and of all that
// follows, and the position: its timeline and LSN. With the key in the checksum,
// a value that came under another key is not used either.
const (
	version  = 2
	atLength = 1
	atSum    = atLength + 4
	atWhere  = atSum + 8
	headSize = atWhere + 4 + 8
)

var errDamaged = errors.New("an entry in Redis is damaged")

// frame returns the value of an entry.
func frame(name string, e Write) []byte {
	b := make([]byte, atWhere, headSize+e.Bytes)
	b[0] = version
	b = binary.BigEndian.AppendUint32(b, e.At.Timeline)
	b = binary.BigEndian.AppendUint64(b, e.At.LSN)
	b = e.Append(b)
	binary.BigEndian.PutUint32(b[atLength:], uint32(len(b)-headSize))
	binary.BigEndian.PutUint64(b[atSum:], sum(name, b))
	return b
}

// unframe reads what frame made.
func unframe(name string, b []byte) (Entry, error) {
	if len(b) < headSize || b[0] != version || uint64(binary.BigEndian.Uint32(b[atLength:])) != uint64(len(b)-headSize) ||
		binary.BigEndian.Uint64(b[atSum:]) != sum(name, b) {
		return Entry{}, errDamaged
	}
	at := position.Position{Timeline: binary.BigEndian.Uint32(b[atWhere:]), LSN: binary.BigEndian.Uint64(b[atWhere+4:])}
	return Entry{at, b[headSize:]}, nil
}

func sum(name string, b []byte) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(name) // a hash takes everything
	_, _ = d.Write(b[atWhere:])
	return d.Sum64()
}
