package bulk

import (
	"html"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/markup"
)

// derivedPost is a post with what is computed from it.
type derivedPost struct {
	*Post
	excerpt string
	text    string // what search reads
	// html is posts.body_html by the renderer htmlVersion, 0 where it is left
	// to whoever reads the post first.
	html        string
	htmlVersion int
	// listedAt is post_tags.published_at, zero for NULL.
	listedAt time.Time
}

// maxText bounds in bytes what search reads of a post: PostgreSQL refuses a
// document with more than 1 MB of words.
const maxText = 256 << 10

// derive computes with all processors: reading mark-up takes more time than
// anything else that Go does here.
func derive(rows []Post) []derivedPost {
	out := make([]derivedPost, len(rows))
	workers := min(runtime.GOMAXPROCS(0), len(rows))
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < len(rows); i += workers {
				out[i] = deriveOne(&rows[i])
			}
		})
	}
	wg.Wait()
	return out
}

func deriveOne(p *Post) derivedPost {
	d := derivedPost{Post: p, text: p.Text}
	if d.text == "" {
		rendered := markup.Render(markup.Format(p.Format), p.Body)
		d.text, d.html, d.htmlVersion = rendered.Text, rendered.HTML, markup.Version
	}
	d.excerpt = excerpt(d.text)
	d.text = cutText(d.text)
	if p.listed() {
		d.listedAt = p.PublishedAt
	}
	return d
}

// published returns the posts that search finds.
func published(rows []derivedPost) []derivedPost {
	return slices.DeleteFunc(slices.Clone(rows), func(d derivedPost) bool { return d.Status != post.StatusPUBLISHED })
}

// longestExcerpt is markup's limit in characters.
const longestExcerpt = 200

// excerpt is markup.Excerpt of a body whose text is known, which saves reading
// the body again. ASCII needs no look at where characters end.
func excerpt(text string) string {
	head := text[:min(len(text), longestExcerpt+1)]
	if isASCII(head) {
		return strings.TrimRight(head[:min(len(head), longestExcerpt)], " ")
	}
	// Text is long enough for the cut to see what it joins.
	head = text
	if cut := 64 * longestExcerpt; len(head) > cut {
		head = strings.ToValidUTF8(head[:cut], "")
	}
	return markup.Excerpt(markup.FormatHTML, html.EscapeString(head))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func cutText(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "")
}
