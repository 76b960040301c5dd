package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"time"
)

type uuid = [16]byte

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// appendID writes a TypeID in quotes: 128 bits in 26 digits of five bits, the
// first of three.
func appendID(dst []byte, prefix string, id uuid) []byte {
	high, low := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	var text [26]byte
	for i := 25; i >= 0; i-- {
		text[i] = alphabet[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	dst = append(append(dst, '"'), prefix...)
	return append(append(dst, text[:]...), '"')
}

var errID = errors.New("malformed id")

func parseID(s, prefix string) (id uuid, err error) {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || len(digits) != 26 {
		return id, errID
	}
	var high, low uint64
	for i := range len(digits) {
		n := strings.IndexByte(alphabet, digits[i])
		if n < 0 {
			return id, errID
		}
		high = high<<5 | low>>59
		low = low<<5 | uint64(n)
	}
	binary.BigEndian.PutUint64(id[:8], high)
	binary.BigEndian.PutUint64(id[8:], low)
	return id, nil
}

const upperHex = "0123456789ABCDEF"

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&15])
		}
	}
	return append(append(dst, s[start:]...), '"')
}

func appendTime(dst []byte, t time.Time) []byte {
	dst = t.UTC().AppendFormat(append(dst, '"'), "2006-01-02T15:04:05.999999Z07:00")
	return append(dst, '"')
}

// A cursor is the order, the time in microseconds, the id and a checksum.
const (
	orderPublished, descending = 2, 1
	listName                   = "Query.posts"
)

func cursorSum(body []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(listName)), crc32.IEEETable, body)
}

func appendCursor(dst []byte, at time.Time, id uuid) []byte {
	var space [48]byte
	raw := binary.AppendVarint(append(space[:0], orderPublished, descending), at.UnixMicro())
	raw = append(raw, id[:]...)
	raw = binary.BigEndian.AppendUint32(raw, cursorSum(raw))
	dst = base64.RawURLEncoding.AppendEncode(append(dst, '"'), raw)
	return append(dst, '"')
}

var errCursor = errors.New("malformed cursor")

func parseCursor(s string) (at time.Time, id uuid, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) < 23 {
		return at, id, errCursor
	}
	body := raw[:len(raw)-4]
	micros, n := binary.Varint(body[2 : len(body)-16])
	if n <= 0 || binary.BigEndian.Uint32(raw[len(body):]) != cursorSum(body) {
		return at, id, errCursor
	}
	copy(id[:], body[len(body)-16:])
	return time.UnixMicro(micros).UTC(), id, nil
}
