package stackexchange

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// errOpen tells that the text ended before the row did.
var errOpen = errors.New("the row is not closed")

// row is one <row … /> of a file. It is valid until the next one is read.
type row struct {
	attrs []attr
	size  int // bytes
	// cleaned counts the control characters that were dropped from values read.
	cleaned int
}

type attr struct{ name, raw []byte }

// parse reads the row that text begins with and returns what follows it. The
// error is errOpen when the text ends first, else what is wrong, for people.
func (r *row) parse(text []byte) (rest []byte, err error) {
	r.attrs, r.cleaned = r.attrs[:0], 0
	rest = text[len("<row"):]
	for {
		after := bytes.TrimLeft(rest, " \t\r\n")
		switch {
		case len(after) == 0:
			return nil, errOpen
		case after[0] == '>':
			return closeTag(after[1:])
		case after[0] == '/':
			if len(after) == 1 {
				return nil, errOpen
			}
			if after[1] != '>' {
				return nil, errors.New("a / stands inside the row")
			}
			return after[2:], nil
		case len(after) == len(rest):
			return nil, errors.New("there is no space before an attribute")
		}
		if rest, err = r.attr(after); err != nil {
			return nil, err
		}
	}
}

// closeTag accepts <row …></row>.
func closeTag(text []byte) ([]byte, error) {
	text = bytes.TrimLeft(text, " \t\r\n")
	const end = "</row>"
	if rest, ok := bytes.CutPrefix(text, []byte(end)); ok {
		return rest, nil
	}
	if bytes.HasPrefix([]byte(end), text) {
		return nil, errOpen
	}
	return nil, errors.New("the row holds more than attributes")
}

// attr reads name="value" or name='value'.
func (r *row) attr(text []byte) ([]byte, error) {
	n := 0
	for n < len(text) && isName(text[n]) {
		n++
	}
	name, rest := text[:n], bytes.TrimLeft(text[n:], " \t\r\n")
	switch {
	case len(rest) == 0:
		return nil, errOpen
	case n == 0:
		return nil, fmt.Errorf("%q stands where an attribute should", text[:1])
	case rest[0] != '=':
		return nil, fmt.Errorf("attribute %.40s has no value", name)
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 {
		return nil, errOpen
	}
	quote := rest[0]
	if quote != '"' && quote != '\'' {
		return nil, fmt.Errorf("the value of %.40s has no quotes", name)
	}
	end := bytes.IndexByte(rest[1:], quote)
	if end < 0 {
		return nil, errOpen
	}
	raw := rest[1 : end+1]
	if bytes.IndexByte(raw, '<') >= 0 {
		return nil, fmt.Errorf("a < stands in the value of %.40s", name)
	}
	if r.has(name) {
		return nil, fmt.Errorf("attribute %.40s stands twice", name)
	}
	r.attrs = append(r.attrs, attr{name, raw})
	return rest[end+2:], nil
}

func isName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80
}

func (r *row) has(name []byte) bool {
	return slices.ContainsFunc(r.attrs, func(a attr) bool { return bytes.Equal(a.name, name) })
}

// text returns an attribute's value; ok is false when the row has none, which
// is how the format writes NULL.
func (r *row) text(name string) (value string, ok bool, err error) {
	for i := range r.attrs {
		if string(r.attrs[i].name) != name {
			continue
		}
		value, cleaned, err := unescape(r.attrs[i].raw)
		if err != nil {
			return "", false, fmt.Errorf("%s: %w", name, err)
		}
		r.cleaned += cleaned
		return value, true, nil
	}
	return "", false, nil
}
