package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// text returns the words of a safe fragment.
func text(fragment string) string {
	f := folder{}
	tokens := html.NewTokenizer(strings.NewReader(fragment))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return f.out.String()
		case html.TextToken:
			f.write(html.UnescapeString(string(tokens.Raw())))
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if tag := tagName(tokens); tag == atom.Br || !inline(tag) {
				f.space = true
			}
		}
	}
}

// folder writes text with each run of white space as one space, none at its
// ends, and without control characters.
type folder struct {
	out   strings.Builder
	space bool
}

func (f *folder) write(s string) {
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			f.space = true
		case unicode.IsControl(r):
		default:
			if f.space && f.out.Len() > 0 {
				f.out.WriteByte(' ')
			}
			f.space = false
			f.out.WriteRune(r)
		}
	}
}

// cut returns the longest start of s that has at most limit code points and
// ends between two characters as a reader sees them.
func cut(s string, limit int) string {
	runes, end, rest, state := 0, 0, s, -1
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		n := utf8.RuneCountInString(cluster)
		if runes+n > limit {
			if end == 0 { // one character longer than the limit, made in spite
				return string([]rune(cluster)[:limit])
			}
			return s[:end]
		}
		runes += n
		end += len(cluster)
	}
	return s
}
