package server

import (
	"unicode/utf16"
	"unicode/utf8"
)

// name is string for the name of a member. It allocates nothing for the names
// of the parameters, which are in every request.
func (d *decoder) name() (string, error) {
	for _, known := range parameterNames {
		end := d.pos + 1 + len(known)
		if end < len(d.data) && d.data[end] == '"' && string(d.data[d.pos+1:end]) == known {
			d.pos = end + 1
			return known, nil
		}
	}
	return d.string()
}

func (d *decoder) string() (string, error) {
	d.pos++ // opening quote
	start := d.pos
	for ; d.pos < len(d.data); d.pos++ {
		switch c := d.data[d.pos]; {
		case c == '"':
			d.pos++
			return string(d.data[start : d.pos-1]), nil
		case c == '\\':
			return d.escapedString(start)
		case c < ' ':
			return "", d.fault("unescaped control character in a string")
		}
	}
	return "", d.fault("unexpected end of a string")
}

// escapedString reads the rest of a string from its first backslash.
func (d *decoder) escapedString(start int) (string, error) {
	text := append(make([]byte, 0, 2*(d.pos-start)+64), d.data[start:d.pos]...)
	for d.pos < len(d.data) {
		c := d.data[d.pos]
		switch {
		case c == '"':
			d.pos++
			return string(text), nil
		case c < ' ':
			return "", d.fault("unescaped control character in a string")
		case c != '\\':
			text = append(text, c)
			d.pos++
			continue
		}
		if d.pos+1 >= len(d.data) {
			break
		}
		d.pos++
		switch c := d.data[d.pos]; c {
		case '"', '\\', '/':
			text = append(text, c)
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			r, err := d.unicodeEscape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
			continue
		default:
			return "", d.fault("unknown escape in a string")
		}
		d.pos++
	}
	return "", d.fault("unexpected end of a string")
}

// unicodeEscape reads u and four digits, and a second \uXXXX if the first is
// half of a surrogate pair.
func (d *decoder) unicodeEscape() (rune, error) {
	first, ok := d.hex4(d.pos + 1)
	if !ok {
		return 0, d.fault("malformed \\u escape in a string")
	}
	if first == 0 {
		return 0, d.fault("NUL in a string")
	}
	if !utf16.IsSurrogate(first) {
		d.pos += 5
		return first, nil
	}
	if d.pos+6 < len(d.data) && d.data[d.pos+5] == '\\' && d.data[d.pos+6] == 'u' {
		if second, ok := d.hex4(d.pos + 7); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				d.pos += 11
				return r, nil
			}
		}
	}
	return 0, d.fault("half a surrogate pair in a string")
}

func (d *decoder) hex4(at int) (rune, bool) {
	if at+4 > len(d.data) {
		return 0, false
	}
	var r rune
	for _, c := range d.data[at : at+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
