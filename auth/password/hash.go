// Package password hashes passwords with argon2id, bounds how many are hashed
// at once, and slows down whoever guesses. It knows no users.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Params is the work that one hash costs.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultParams returns the OWASP sheet's first choice: 19 MiB and about 30 ms.
func DefaultParams() Params { return Params{Memory: 19_456, Time: 2, Threads: 1} }

const (
	saltLen = 16
	keyLen  = 32
)

// hash derives a new hash with a salt of its own, as a PHC string
// ("$argon2id$v=19$m=19456,t=2,p=1$salt$hash").
func (p Params) hash(password string) string {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails
	return phc{Params: p, salt: salt, key: p.derive(password, salt, keyLen)}.String()
}

// derive hashes the password in its compatibility form, so that the same
// letters typed on another system are the same password.
func (p Params) derive(password string, salt []byte, n uint32) []byte {
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, p.Time, p.Memory, p.Threads, n)
}

// phc is a parsed PHC string.
type phc struct {
	Params
	salt, key []byte
}

// String renders the hash as it is stored.
func (h phc) String() string {
	text := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.Memory, h.Time, h.Threads, text.EncodeToString(h.salt), text.EncodeToString(h.key))
}

// The most that a stored hash may ask for: what is beyond was not made here.
const (
	maxMemory  = 1 << 20 // KiB
	maxTime    = 32
	maxThreads = 16
)

var errMalformed = errors.New("the stored hash is not an argon2id PHC string")

// parse reads a PHC string. Its error shows nothing of it.
func parse(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errMalformed
	}
	var h phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.Memory, &h.Time, &h.Threads); err != nil {
		return phc{}, errMalformed
	}
	if h.Memory < 8 || h.Memory > maxMemory || h.Time < 1 || h.Time > maxTime || h.Threads < 1 || h.Threads > maxThreads {
		return phc{}, errMalformed
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return phc{}, errMalformed
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return phc{}, errMalformed
	}
	return h, nil
}

// matches reports whether the password is the one that was hashed.
func (h phc) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password, h.salt, uint32(len(h.key))), h.key) == 1
}

// weakerThan reports whether a new hash would cost a guesser more.
func (h phc) weakerThan(p Params) bool {
	return h.Memory < p.Memory || h.Time < p.Time || len(h.key) < keyLen || len(h.salt) < saltLen
}
