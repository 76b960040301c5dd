package consistency

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/weftql/weft/internal/position"
)

// Tokens writes and reads tokens. What is in one is nobody else's business, so
// it is signed: a made-up position would have every read wait for it.
type Tokens struct{ keys func() [][]byte }

// NewTokens makes tokens that are signed by the first of the keys and read by
// any of them. Instances that share the keys take each other's tokens.
func NewTokens(keys func() [][]byte) *Tokens { return &Tokens{keys} }

const (
	version  = 1
	bodySize = 1 + 4 + 8 // version, timeline, LSN
	signSize = 16
	size     = bodySize + signSize
)

func (t *Tokens) write(p position.Position) string {
	b := make([]byte, 0, size)
	b = append(b, version)
	b = binary.BigEndian.AppendUint32(b, p.Timeline)
	b = binary.BigEndian.AppendUint64(b, p.LSN)
	return base64.RawURLEncoding.EncodeToString(append(b, sign(t.keys()[0], b)...))
}

// read returns the position that the header's values name.
func (t *Tokens) read(given []string) (position.Position, bool) {
	if len(given) != 1 || len(given[0]) != base64.RawURLEncoding.EncodedLen(size) {
		return position.Position{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(given[0])
	if err != nil || b[0] != version {
		return position.Position{}, false
	}
	body, signature := b[:bodySize], b[bodySize:]
	for _, key := range t.keys() {
		if hmac.Equal(signature, sign(key, body)) {
			return position.Position{Timeline: binary.BigEndian.Uint32(body[1:]), LSN: binary.BigEndian.Uint64(body[5:])}, true
		}
	}
	return position.Position{}, false
}

func sign(key, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(body)
	return m.Sum(nil)[:signSize]
}
