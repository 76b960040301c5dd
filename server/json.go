package server

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth bounds the nesting of arrays and objects in what a client
// sends.
const maxJSONDepth = 64

// decoder reads JSON more strictly than encoding/json: names are
// case-sensitive and may not repeat, text is valid UTF-8 without NUL or half a
// surrogate pair, and nothing may follow the value. Numbers become int64,
// float64, or json.Number where an integer does not fit int64, so that an
// integer keeps its digits.
//
// Its errors give a position and never the text itself.
type decoder struct {
	data  []byte
	pos   int
	depth int
}

// syntaxError is a fault in the JSON, at a byte offset.
type syntaxError struct {
	offset  int
	message string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.message, e.offset) }

func (d *decoder) fault(format string, args ...any) error {
	return &syntaxError{offset: d.pos, message: fmt.Sprintf(format, args...)}
}

// decodeJSON reads one whole JSON text.
func decodeJSON(data []byte) (any, error) {
	d := &decoder{data: data}
	if !utf8.Valid(data) {
		return nil, d.fault("invalid UTF-8")
	}
	value, err := d.value()
	if err != nil {
		return nil, err
	}
	return value, d.end()
}

// peek skips white space and returns the next byte, or 0 at the end.
func (d *decoder) peek() byte {
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; c {
		case ' ', '\t', '\r', '\n':
			d.pos++
		default:
			return c
		}
	}
	return 0
}

func (d *decoder) end() error {
	if d.peek(); d.pos < len(d.data) {
		return d.fault("unexpected text after the JSON value")
	}
	return nil
}

func (d *decoder) value() (any, error) {
	switch c := d.peek(); {
	case c == '{':
		object := map[string]any{}
		err := d.object(func(name string) error {
			if _, ok := object[name]; ok {
				return d.fault("a name is given twice in one object")
			}
			value, err := d.value()
			object[name] = value
			return err
		})
		return object, err
	case c == '[':
		return d.array()
	case c == '"':
		return d.string()
	case c == '-' || '0' <= c && c <= '9':
		return d.number()
	case c == 't':
		return true, d.literal("true")
	case c == 'f':
		return false, d.literal("false")
	case c == 'n':
		return nil, d.literal("null")
	case d.pos == len(d.data):
		return nil, d.fault("unexpected end of the JSON text")
	}
	return nil, d.fault("expected a JSON value")
}

// object reads an object, calling member with the decoder at each value.
func (d *decoder) object(member func(name string) error) error {
	if d.depth++; d.depth > maxJSONDepth {
		return d.fault("nested more than %d levels deep", maxJSONDepth)
	}
	defer func() { d.depth-- }()
	d.pos++ // {
	if d.peek() == '}' {
		d.pos++
		return nil
	}
	for {
		if d.peek() != '"' {
			return d.fault("expected a name in double quotes")
		}
		name, err := d.name()
		if err != nil {
			return err
		}
		if d.peek() != ':' {
			return d.fault("expected a colon after a name")
		}
		d.pos++
		if err := member(name); err != nil {
			return err
		}
		switch d.peek() {
		case ',':
			d.pos++
		case '}':
			d.pos++
			return nil
		default:
			return d.fault("expected a comma or a closing brace")
		}
	}
}

func (d *decoder) array() (any, error) {
	if d.depth++; d.depth > maxJSONDepth {
		return nil, d.fault("nested more than %d levels deep", maxJSONDepth)
	}
	defer func() { d.depth-- }()
	d.pos++ // [
	list := []any{}
	if d.peek() == ']' {
		d.pos++
		return list, nil
	}
	for {
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		list = append(list, value)
		switch d.peek() {
		case ',':
			d.pos++
		case ']':
			d.pos++
			return list, nil
		default:
			return nil, d.fault("expected a comma or a closing bracket")
		}
	}
}

func (d *decoder) literal(word string) error {
	if len(d.data)-d.pos < len(word) || string(d.data[d.pos:d.pos+len(word)]) != word {
		return d.fault("expected a JSON value")
	}
	d.pos += len(word)
	return nil
}

func (d *decoder) number() (any, error) {
	start, integer := d.pos, true
	if d.data[d.pos] == '-' {
		d.pos++
	}
	switch {
	case d.pos < len(d.data) && d.data[d.pos] == '0':
		d.pos++
	case d.digits() == 0:
		return nil, d.fault("malformed number")
	}
	if d.pos < len(d.data) && d.data[d.pos] == '.' {
		integer = false
		d.pos++
		if d.digits() == 0 {
			return nil, d.fault("malformed number")
		}
	}
	if d.pos < len(d.data) && (d.data[d.pos] == 'e' || d.data[d.pos] == 'E') {
		integer = false
		d.pos++
		if d.pos < len(d.data) && (d.data[d.pos] == '+' || d.data[d.pos] == '-') {
			d.pos++
		}
		if d.digits() == 0 {
			return nil, d.fault("malformed number")
		}
	}
	text := string(d.data[start:d.pos])
	if integer {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		return json.Number(text), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, d.fault("number out of range")
	}
	if f == math.Trunc(f) && !whole(text) {
		return json.Number(text), nil // rounding made it whole, but it is not
	}
	return f, nil
}

// whole reports whether the value of a JSON number is whole, without computing
// it.
func whole(text string) bool {
	text = strings.ToLower(strings.TrimPrefix(text, "-"))
	digits, power, _ := strings.Cut(text, "e")
	before, after, _ := strings.Cut(digits, ".")
	all := strings.TrimRight(before+after, "0")
	if strings.TrimLeft(all, "0") == "" {
		return true
	}
	exponent := int64(0)
	if power != "" {
		// If it is out of range, ParseInt returns the nearest value, which is far
		// enough.
		exponent, _ = strconv.ParseInt(power, 10, 32)
	}
	// What is left of the fraction must be moved before the point.
	return int64(len(before)-len(all))+exponent >= 0
}

// digits skips digits and returns how many there were.
func (d *decoder) digits() int {
	start := d.pos
	for d.pos < len(d.data) && '0' <= d.data[d.pos] && d.data[d.pos] <= '9' {
		d.pos++
	}
	return d.pos - start
}
