package page

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// A cursor is base64url of: the order (field, direction), the position (value,
// id) and a checksum over all of it and the list. So a cursor from another list
// or order, a cut and an edited one are told apart from a good one. It is no
// secret and protects none: it says where to start, not what may
// be seen.

const (
	idLen  = 16
	sumLen = 4
	minLen = 2 + 1 + idLen + sumLen
	// maxCursor bounds what is decoded; the longest text that lists are ordered
	// by is a user name.
	maxCursor = 512
)

var errCursor = errors.New("this is no cursor of this list in this order; take one from the list's edges or pageInfo")

// List is what a cursor belongs to.
type List struct {
	Name string // the field: "User.posts"
	// Parent is the object that has the list, or whose rows a filter chose; zero
	// where there is none.
	Parent [idLen]byte
}

// Cursor returns the cursor of a row of the list.
func (o Order) Cursor(list List, at Position) string {
	raw := make([]byte, 0, minLen+binary.MaxVarintLen64+len(at.Text))
	raw = append(raw, byte(o.Field), direction(o.Desc))
	if o.Field.Kind() == Text {
		raw = append(binary.AppendUvarint(raw, uint64(len(at.Text))), at.Text...)
	} else {
		raw = binary.AppendVarint(raw, at.Int^o.veil(list, at.ID))
	}
	raw = append(raw, at.ID[:]...)
	raw = binary.BigEndian.AppendUint32(raw, checksum(list, raw))
	return base64.RawURLEncoding.EncodeToString(raw)
}

// position reads a cursor of the list in this order.
func (o Order) position(list List, cursor string) (Position, error) {
	var at Position
	// The decoder skips line breaks, strict or not.
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") {
		return at, errCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < minLen {
		return at, errCursor
	}
	body := raw[:len(raw)-sumLen]
	if binary.BigEndian.Uint32(raw[len(body):]) != checksum(list, body) ||
		body[0] != byte(o.Field) || body[1] != direction(o.Desc) {
		return at, errCursor
	}
	value, id := body[2:len(body)-idLen], body[len(body)-idLen:]
	copy(at.ID[:], id)
	if o.Field.Kind() == Text {
		n, read := binary.Uvarint(value)
		if read <= 0 || n != uint64(len(value)-read) || !utf8.Valid(value[read:]) {
			return at, errCursor
		}
		at.Text = string(value[read:])
		return at, nil
	}
	n, read := binary.Varint(value)
	if read != len(value) || o.Field.Kind() == Time && (n < minMicros || n > maxMicros) {
		return at, errCursor
	}
	at.Int = n ^ o.veil(list, at.ID)
	return at, nil
}

// veil returns what a rank is hidden by. It keeps no secret, for a rank is made
// of what the viewer reads anyway; it keeps clients from reading ranks out of
// cursors and relying on how they are computed.
func (o Order) veil(list List, id uuid.UUID) int64 {
	if o.Field != Rank {
		return 0
	}
	sum := sha256.Sum256(slices.Concat([]byte(list.Name), id[:]))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// The times that both stores can compare: years 1 to 9999.
const (
	minMicros = -62135596800000000
	maxMicros = 253402300799999999
)

func direction(desc bool) byte {
	if desc {
		return 1
	}
	return 0
}

func checksum(list List, body []byte) uint32 {
	sum := crc32.ChecksumIEEE([]byte(list.Name))
	if list.Parent != ([idLen]byte{}) {
		sum = crc32.Update(sum, crc32.IEEETable, list.Parent[:])
	}
	return crc32.Update(sum, crc32.IEEETable, body)
}
