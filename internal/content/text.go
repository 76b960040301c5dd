package content

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/blank"
)

// Lengths in characters, as the schema's descriptions state them.
const (
	maxTitle   = 300
	maxBody    = 40_000
	maxComment = 2_000
	maxTags    = 10
	maxTagName = 35
)

// input gathers what is wrong with an input, so that a client is told all of
// it at once.
type input struct{ apperr.Faults }

// text checks a text and returns it without white space around it.
func (in *input) text(path, s string, limit int) string {
	switch trimmed := strings.TrimSpace(s); {
	case !utf8.ValidString(s):
		in.Add(path, "is not valid UTF-8")
	case strings.ContainsRune(s, 0):
		in.Add(path, "holds a NUL character")
	case blank.Is(trimmed):
		in.Add(path, "takes 1 to %d characters, not an empty text", limit)
	default:
		if n := utf8.RuneCountInString(trimmed); n > limit {
			in.Add(path, "takes 1 to %d characters, not %d", limit, n)
		}
		return trimmed
	}
	return ""
}

// line is text without line breaks and other control characters.
func (in *input) line(path, s string, limit int) string {
	s = in.text(path, s, limit)
	if strings.ContainsFunc(s, unicode.IsControl) {
		in.Add(path, "is one line, without control characters")
	}
	return s
}

// tags checks names of tags and returns them in lower case, each once, by
// name.
func (in *input) tags(path string, names []string) []string {
	if len(names) > maxTags {
		in.Add(path, "takes at most %d tags, not %d", maxTags, len(names))
		return nil
	}
	checked := make([]string, 0, len(names))
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if n := utf8.RuneCountInString(name); n < 1 || n > maxTagName || !utf8.ValidString(name) || strings.ContainsFunc(name, notInTag) {
			in.Add(fmt.Sprintf("%s.%d", path, i), "takes 1 to %d letters, digits, \".\", \"#\", \"+\" or \"-\"", maxTagName)
			continue
		}
		checked = append(checked, name)
	}
	slices.Sort(checked)
	return slices.Compact(checked)
}

func notInTag(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) && !strings.ContainsRune(".#+-", r)
}
