package stackexchange

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// longestReference is the length in bytes of the longest reference looked for:
// &#x10FFFF; and some leading zeros.
const longestReference = 16

// unescape resolves the references of an attribute's value. Of entities it
// knows the five of XML; there are no others without a document type, which
// the reader refuses, so nothing can expand.
//
// Published dumps hold a few references to control characters (&#xE;) that XML
// forbids and nobody sees: they are dropped and counted. NUL is an error.
func unescape(raw []byte) (value string, cleaned int, err error) {
	if bytes.ContainsAny(raw, "\t\r\n") {
		// A bare line break in an attribute means a space.
		raw = spaces.ReplaceAll(raw, []byte{' '})
	}
	at := bytes.IndexByte(raw, '&')
	if at < 0 {
		return string(raw), 0, nil
	}
	out := make([]byte, 0, len(raw))
	for ; at >= 0; at = bytes.IndexByte(raw, '&') {
		out = append(out, raw[:at]...)
		raw = raw[at+1:]
		semicolon := bytes.IndexByte(raw[:min(len(raw), longestReference)], ';')
		if semicolon < 0 {
			return "", 0, errors.New("a & begins no reference")
		}
		char, err := reference(string(raw[:semicolon]))
		if err != nil {
			return "", 0, err
		}
		if isForbidden(char) {
			cleaned++
		} else {
			out = utf8.AppendRune(out, char)
		}
		raw = raw[semicolon+1:]
	}
	return string(append(out, raw...)), cleaned, nil
}

var spaces = regexp.MustCompile(`\r\n|[\t\r\n]`)

// reference resolves what stands between & and ;.
func reference(name string) (rune, error) {
	switch name {
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "amp":
		return '&', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, fmt.Errorf("&%.12s; is unknown", name)
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	switch {
	case err != nil:
		return 0, fmt.Errorf("&%.12s; is no number", name)
	case n == 0:
		return 0, errors.New("it holds a NUL")
	case n > utf8.MaxRune || !utf8.ValidRune(rune(n)):
		return 0, fmt.Errorf("&%.12s; is no character", name)
	}
	return rune(n), nil
}

// isForbidden reports whether XML 1.0 has no place for the character.
func isForbidden(c rune) bool {
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF
}

// checkBytes finds what no row may hold in any place.
func checkBytes(line []byte) error {
	for _, c := range line {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			if c == 0 {
				return errors.New("it holds a NUL")
			}
			return fmt.Errorf("it holds the control character %#02x", c)
		}
	}
	if !utf8.Valid(line) {
		return errors.New("it is not valid UTF-8")
	}
	return nil
}
