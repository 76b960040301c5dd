package content

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weftql/weft/internal/input"
)

// Lengths in characters, as the schema's descriptions state them.
const (
	maxTitle   = 300
	maxBody    = 40_000
	maxComment = 2_000
	maxTags    = 10
	maxTagName = 35
)

// checks are what is wrong with an input of content.
type checks struct{ input.Checks }

// tags checks names of tags and returns them in lower case, each once, by
// name.
func (in *checks) tags(path string, names []string) []string {
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
