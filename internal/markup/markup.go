// Package markup turns the source of a post into what is shown of it: safe
// HTML, plain text and an excerpt.
//
// It takes input from strangers: whatever the source says, its output holds no
// script, no style and no frame, and costs time in proportion to the input. It
// stores nothing and knows nothing of posts.
package markup

import (
	stdhtml "html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
)

// Format is the language of a source. Its values are those of Post.bodyFormat.
type Format string

// The formats. Anything that is not FormatHTML is read as Markdown.
const (
	FormatMarkdown Format = "MARKDOWN" // CommonMark; HTML in it is sanitised, not refused
	FormatHTML     Format = "HTML"     // as imported
)

// Version names this way of rendering. It changes with what is made of any
// source: whoever keeps what Render made keeps it with its version.
const Version = 1

// Rendered is what is shown of a body.
type Rendered struct {
	HTML    string // as HTML has it
	Text    string // as Text has it
	Excerpt string // as Excerpt has it
}

// Render makes all of it at once, which costs little more than one alone.
func Render(format Format, body string) Rendered {
	safe := policy.Sanitize(source(format, body))
	r := Rendered{HTML: balance(safe), Text: text(safe)}
	r.Excerpt = excerpt(r.Text)
	return r
}

// HTML renders body as an HTML fragment that may be put into any page: only
// elements and attributes of text, every element closed, links marked nofollow
// and, where they leave the site, noopener.
func HTML(format Format, body string) string {
	return balance(policy.Sanitize(source(format, body)))
}

// Text returns what a reader sees of body, on one line: without markup,
// entities decoded, white space folded to single spaces.
func Text(format Format, body string) string {
	return text(policy.Sanitize(source(format, body)))
}

// excerptLength is counted in Unicode code points.
const excerptLength = 200

// Excerpt returns the first 200 characters of Text, or a few less where the cut
// would fall inside what a reader takes for one character, such as a letter
// with its accents or an emoji with its skin tone.
func Excerpt(format Format, body string) string {
	return excerpt(Text(format, body))
}

func excerpt(text string) string { return strings.TrimRight(cut(text, excerptLength), " ") }

// source returns body as HTML, still as dangerous as it came.
func source(format Format, body string) string {
	body = strings.ReplaceAll(strings.ToValidUTF8(body, "\uFFFD"), "\x00", "\uFFFD")
	switch {
	case format == FormatHTML:
		return body
	case tangled(body):
		return preformatted(body)
	}
	var out strings.Builder
	if err := commonMark.Convert([]byte(body), &out, parser.WithContext(newReferences(body))); err != nil {
		return preformatted(body)
	}
	if grown(out.String(), body) {
		return preformatted(body)
	}
	return out.String()
}

// commonMark keeps HTML inside Markdown, which is part of the language: what
// is bad in it goes when the whole is sanitised.
var commonMark = goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe()))

func preformatted(body string) string {
	return "<pre>" + stdhtml.EscapeString(body) + "</pre>"
}
