package publicid

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// The specification's alphabet: Crockford's base 32 in lower case.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// suffixLen is the length of 128 bits in base 32, two zero bits in front.
const suffixLen = 26

// noDigit marks the bytes that are not in the alphabet.
const noDigit = 0xff

// digits are the values of the alphabet's characters.
var digits = func() (values [256]byte) {
	for i := range values {
		values[i] = noDigit
	}
	for i := range len(alphabet) {
		values[alphabet[i]] = byte(i)
	}
	return values
}()

// ParseError tells why a string is not an id that the field takes. Its text
// is for the client.
type ParseError struct {
	Input  string // as it was sent
	Want   string // prefix that the field takes, "" for any
	Reason string
}

// Error returns the sentence for the client; a long input is shortened.
func (e *ParseError) Error() string {
	want := "an id such as \"post_01h455vb4pex5vsknk084sn02q\""
	if e.Want != "" {
		want = fmt.Sprintf("the id of a %s, such as \"%s_01h455vb4pex5vsknk084sn02q\"", e.Want, e.Want)
	}
	input := e.Input
	if len(input) > 64 {
		input = strings.ToValidUTF8(input[:64], "") + "…"
	}
	return fmt.Sprintf("%q is not %s: %s", input, want, e.Reason)
}

// encode appends the 26 characters of u. 130 bits make 26 characters of five
// bits each, so the two bits that a UUID lacks go in front, as zeros.
func encode(dst []byte, u uuid.UUID) []byte {
	high, low := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	var text [suffixLen]byte
	for i := suffixLen - 1; i >= 0; i-- {
		text[i] = alphabet[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return append(dst, text[:]...)
}

// split reads prefix and UUID of a TypeID.
func split(s string) (prefix string, u uuid.UUID, err error) {
	fail := func(reason string) (string, uuid.UUID, error) {
		return "", uuid.UUID{}, &ParseError{Input: s, Reason: reason}
	}
	at := strings.LastIndexByte(s, '_')
	if at <= 0 {
		return fail("its type is missing")
	}
	suffix := s[at+1:]
	if len(suffix) != suffixLen {
		return fail(fmt.Sprintf("after the \"_\" stand %d characters, not %d", len(suffix), suffixLen))
	}
	if suffix[0] > '7' {
		return fail("its first character after the \"_\" is beyond 7")
	}
	var high, low uint64
	for i := range len(suffix) {
		digit := digits[suffix[i]]
		if digit == noDigit {
			return fail("after the \"_\" it takes lower-case letters and digits without i, l, o and u")
		}
		high = high<<5 | low>>59
		low = low<<5 | uint64(digit)
	}
	binary.BigEndian.PutUint64(u[:8], high)
	binary.BigEndian.PutUint64(u[8:], low)
	return s[:at], u, nil
}
