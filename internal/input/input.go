// Package input checks the texts that users send.
package input

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weftql/weft/internal/apperr"
)

// Checks collects what is wrong with an input, so that a client is told all of
// it at once. Its methods return the text without white space around it, and ""
// for one of which nothing is seen or which is refused.
type Checks struct{ apperr.Faults }

// Text checks a text of 1 to limit characters.
func (c *Checks) Text(path, s string, limit int) string {
	return c.text(path, s, 1, limit)
}

// OptionalText checks a text that may be empty.
func (c *Checks) OptionalText(path, s string, limit int) string {
	return c.text(path, s, 0, limit)
}

// Line checks a text of 1 to limit characters that is one line.
func (c *Checks) Line(path, s string, limit int) string {
	return c.line(path, c.text(path, s, 1, limit))
}

// OptionalLine checks a line that may be empty.
func (c *Checks) OptionalLine(path, s string, limit int) string {
	return c.line(path, c.text(path, s, 0, limit))
}

func (c *Checks) text(path, s string, least, limit int) string {
	s = strings.TrimSpace(s)
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		c.Add(path, "is not valid UTF-8")
	case strings.ContainsRune(s, 0):
		c.Add(path, "holds a NUL character")
	case n > limit:
		c.Add(path, "takes %d to %d characters, not %d", least, limit, n)
	case !blank(s):
		return s
	case least > 0:
		c.Add(path, "takes %d to %d characters, not an empty text", least, limit)
	}
	return ""
}

func (c *Checks) line(path, s string) string {
	if strings.ContainsFunc(s, breaksLine) {
		c.Add(path, "is one line, without control characters")
		return ""
	}
	return s
}

// breaksLine reports what would end the line or turn the text around it, by
// which a name or a title could look like another.
func breaksLine(r rune) bool {
	return unicode.IsControl(r) || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
