package binding

import "math/bits"

const upperHex = "0123456789ABCDEF"

// String writes a JSON string. Like gqlgen it escapes only control characters, quotes and backslashes.
func (w *Writer) String(s string) {
	buf := w.Buf
	buf = append(buf, '"')
	for {
		n := plainPrefix(s)
		buf = append(buf, s[:n]...)
		if n == len(s) {
			break
		}
		switch c := s[n]; c {
		case '"':
			buf = append(buf, '\\', '"')
		case '\\':
			buf = append(buf, '\\', '\\')
		case '\n':
			buf = append(buf, '\\', 'n')
		case '\r':
			buf = append(buf, '\\', 'r')
		case '\t':
			buf = append(buf, '\\', 't')
		default:
			buf = append(buf, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&0xf])
		}
		s = s[n+1:]
	}
	buf = append(buf, '"')
	w.Buf = buf
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// plainPrefix is how many bytes at the start of s need no escape. It checks eight bytes at a time. In x - n*ones a byte below n borrows
// from its top bit. After an exclusive or with the byte that is searched for, that byte is zero, so below one.
func plainPrefix(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, backslash := x^ones*'"', x^ones*'\\'
		found := ((x-ones*' ')&^x | (quote-ones)&^quote | (backslash-ones)&^backslash) & tops
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}
