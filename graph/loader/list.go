package loader

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// TagsByPost returns the tags of each post, by name.
func (l *Loaders) TagsByPost(ctx context.Context, posts []query.Key, columns query.Columns) ([][]*ent.Tag, error) {
	return get(ctx, l, posts, identity{name: "TagsByPost", columns: columns}, func(ctx context.Context, posts *query.Keys) ([][]*ent.Tag, error) {
		return l.Query.TagsOfPosts(ctx, posts, columns)
	})
}

// Pages returns a page of a list for each parent.
func Pages[T any, L query.List[T]](ctx context.Context, list L, parents []query.Key, p page.Page, columns query.Columns) ([]Slice[T], error) {
	l := FromContext(ctx)
	name, _ := list.Loaders()
	return get(ctx, l, parents, identity{name: name, list: list, page: p, columns: columns}, func(ctx context.Context, parents *query.Keys) ([]Slice[T], error) {
		read, err := query.Pages(ctx, l.Query, list, parents, p, columns)
		return cut(p, read), err
	})
}

// Counts returns how many rows the list of each parent holds.
func Counts[T any, L query.List[T]](ctx context.Context, list L, parents []query.Key) ([]int, error) {
	l := FromContext(ctx)
	_, name := list.Loaders()
	return get(ctx, l, parents, identity{name: name, list: list}, func(ctx context.Context, parents *query.Keys) ([]int, error) {
		return query.Counts(ctx, l.Query, list, parents)
	})
}

// VoteByPost returns what the viewer voted on each post: 1, -1, or 0 for no
// vote.
func (l *Loaders) VoteByPost(ctx context.Context, posts []query.Key) ([]int, error) {
	return get(ctx, l, posts, identity{name: "VoteByPost"}, func(ctx context.Context, posts *query.Keys) ([]int, error) {
		return l.Query.VotesOnPosts(ctx, posts)
	})
}
