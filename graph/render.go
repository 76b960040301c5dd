package graph

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/markup"
	"github.com/weftql/weft/internal/query"
)

// maxRendered is how many bytes of bodies one operation may have rendered,
// about a second's work at most. Only posts that were written by an older
// renderer, or in bulk, are rendered when they are read.
const maxRendered = 2 << 20

// bodyHTML returns the rendered body of each post.
func bodyHTML(ctx context.Context, posts []*ent.Post) ([]string, error) {
	rendered := make([]string, len(posts))
	var old []int // places in posts
	for i, p := range posts {
		if p.HTMLVersion == markup.Version {
			rendered[i] = p.BodyHTML
		} else {
			old = append(old, i)
		}
	}
	if old == nil {
		return rendered, nil
	}
	ids := make([]query.Key, len(old))
	for i, at := range old {
		ids[i] = postKey(posts[at])
	}
	sources, err := loader.ByID(ctx, query.Posts, ids, table.PostBody|table.PostBodyFormat)
	if err != nil {
		return nil, err
	}
	for i, at := range old {
		if sources[i] == nil {
			continue // deleted meanwhile
		}
		if rendered[at], err = renderOnce(ctx, sources[i]); err != nil {
			return nil, err
		}
	}
	return rendered, nil
}

// source is what a body is rendered from.
type source struct{ format, body string }

// renderOnce renders a body, once in an operation, whatever fields ask for it.
func renderOnce(ctx context.Context, p *ent.Post) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	own, _ := ctx.Value(sharedKey{}).(*shared)
	if own == nil {
		return markup.HTML(markup.Format(p.BodyFormat), p.Body), nil
	}
	own.rendering.Lock()
	defer own.rendering.Unlock()
	from := source{string(p.BodyFormat), p.Body}
	html, known := own.rendered[from]
	if known {
		return html, nil
	}
	if own.renderedBytes += len(p.Body); own.renderedBytes > maxRendered {
		tooMuch := apperr.New(apperr.CostLimitExceeded, "byte limit: the operation would render more than %d bytes of bodies; ask for fewer posts", maxRendered)
		own.stop(tooMuch)
		return "", tooMuch
	}
	html = markup.HTML(markup.Format(p.BodyFormat), p.Body)
	if own.rendered == nil {
		own.rendered = map[source]string{}
	}
	own.rendered[from] = html
	return html, nil
}
