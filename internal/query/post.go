package query

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/page"
)

var posts = &entity[ent.Post]{Table: table.Posts}

// PostsByID reads the posts with these ids, in their order; nil stands for one
// that does not exist or that the viewer may not see.
func (q *Queries) PostsByID(ctx context.Context, loader string, ids *Keys, columns Columns) ([]*ent.Post, error) {
	return byKey(ctx, q, posts, loader, ids, columns, q.postVisible)
}

// PostOrderColumns are the columns that a list of posts in this order needs
// for its cursors.
func PostOrderColumns(o page.Order) Columns {
	switch o.Field {
	case page.CreatedAt:
		return table.PostCreatedAt
	case page.UpdatedAt:
		return table.PostUpdatedAt
	case page.Score:
		return table.PostScore
	default:
		return table.PostPublishedAt
	}
}

// PostPosition returns a post's place in a list in this order.
func PostPosition(o page.Order, p *ent.Post) page.Position {
	switch {
	case o.Field == page.CreatedAt:
		return page.AtTime(p.CreatedAt, p.ID.UUID())
	case o.Field == page.UpdatedAt:
		return page.AtTime(p.UpdatedAt, p.ID.UUID())
	case o.Field == page.Score:
		return page.AtInt(int64(p.Score), p.ID.UUID())
	case p.PublishedAt != nil:
		return page.AtTime(*p.PublishedAt, p.ID.UUID())
	default:
		// Only lists of published posts run by publishing time.
		return page.Position{ID: p.ID.UUID()}
	}
}

// PostPage reads one page of a list of posts without parents, in reading
// order and with one row more than wanted: see page.Cut.
func (q *Queries) PostPage(ctx context.Context, loader string, l PostList, p page.Page, columns Columns) ([]*ent.Post, error) {
	return pageOf(ctx, q, posts, loader, q.postList(l, p.Order), p, columns|PostOrderColumns(p.Order))
}

// PostPages reads one page of posts for each parent, likewise.
func (q *Queries) PostPages(ctx context.Context, loader string, l PostList, parents *Keys, p page.Page, columns Columns) ([][]*ent.Post, error) {
	return pagesOf(ctx, q, posts, loader, q.postList(l, p.Order), parents, p, columns|PostOrderColumns(p.Order))
}

// PostCount counts a list of posts without parents.
func (q *Queries) PostCount(ctx context.Context, loader string, l PostList) (int, error) {
	return q.countOf(ctx, loader, q.postList(l, page.Order{Field: page.PublishedAt}))
}

// PostCounts counts the posts of each parent.
func (q *Queries) PostCounts(ctx context.Context, loader string, l PostList, parents *Keys) ([]int, error) {
	return q.countsOf(ctx, loader, q.postList(l, page.Order{Field: page.PublishedAt}), parents)
}
