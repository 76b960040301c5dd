package markup

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

var policy = newPolicy()

// newPolicy is bluemonday's list for text from users with three differences:
// no id and no name, which would shadow variables of a page's scripts; no
// image maps and gauges; titles and image descriptions in any characters,
// since they are escaped anyway.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "br", "hr", "wbr", "span", "pre", "blockquote",
		"article", "aside", "section", "figure", "figcaption", "summary", "details",
		"abbr", "acronym", "b", "bdi", "cite", "code", "dfn", "em", "i", "kbd", "mark", "q", "s", "samp",
		"small", "strike", "strong", "sub", "sup", "tt", "u", "var", "ruby", "rp", "rt", "del", "ins",
		"ul", "dl", "dt", "dd", "caption", "table", "thead", "tbody", "tfoot", "tr", "td", "th",
	)
	p.AllowLists()
	p.AllowTables()

	p.AllowStandardURLs() // http, https, mailto and relative; links are nofollow
	p.AllowAttrs("href").OnElements("a")
	p.AddTargetBlankToFullyQualifiedLinks(true) // adds noopener
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("height", "width").Matching(bluemonday.NumberOrPercent).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("title").OnElements("a", "img", "abbr", "dfn")
	p.AllowAttrs("cite").OnElements("blockquote", "q")

	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$`)).Globally()
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^(|open)$`)).OnElements("details")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(lang|language)-[\w+#.-]+$`)).OnElements("code", "pre")
	return p
}
