package loader

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// TagsByPost returns the tags of each post, by name.
func (l *Loaders) TagsByPost(ctx context.Context, posts []query.Key, columns query.Columns) ([][]*ent.Tag, error) {
	id := identity{name: "TagsByPost", columns: columns}
	return get(ctx, l, posts, id, func(ctx context.Context, posts *query.Keys) ([][]*ent.Tag, error) {
		return keptLists(ctx, l, id, posts, lists[[]*ent.Tag]{
			load: func(ctx context.Context, q *query.Queries, posts *query.Keys) ([][]*ent.Tag, error) {
				return q.TagsOfPosts(ctx, posts, columns)
			},
			depends: query.TagsDepend,
			own:     ownRows[ent.Tag],
		})
	})
}

// Pages returns a page of a list for each parent.
func Pages[T any, L query.List[T]](ctx context.Context, list L, parents []query.Key, p page.Page, columns query.Columns) ([]Slice[T], error) {
	l := FromContext(ctx)
	name, _ := list.Loaders()
	id := identity{name: name, list: list, page: p, columns: columns}
	return get(ctx, l, parents, id, func(ctx context.Context, parents *query.Keys) ([]Slice[T], error) {
		return keptLists(ctx, l, id, parents, lists[Slice[T]]{
			load: func(ctx context.Context, q *query.Queries, parents *query.Keys) ([]Slice[T], error) {
				read, err := query.Pages(ctx, q, list, parents, p, columns)
				return cut(p, read), err
			},
			depends: func(parent query.Key, s Slice[T]) depend.Noted {
				return query.PageDepends(list, p.Order, columns, parent, s.Rows)
			},
			own: func(s Slice[T]) (own Slice[T], bytes int) {
				own.Info = s.Info
				own.Rows, bytes = ownRows(s.Rows)
				return own, bytes
			},
		})
	})
}

// Counts returns how many rows the list of each parent holds.
func Counts[T any, L query.List[T]](ctx context.Context, list L, parents []query.Key) ([]int, error) {
	l := FromContext(ctx)
	_, name := list.Loaders()
	id := identity{name: name, list: list}
	return get(ctx, l, parents, id, func(ctx context.Context, parents *query.Keys) ([]int, error) {
		return keptLists(ctx, l, id, parents, lists[int]{
			load: func(ctx context.Context, q *query.Queries, parents *query.Keys) ([]int, error) {
				return query.Counts(ctx, q, list, parents)
			},
			depends: func(parent query.Key, _ int) depend.Noted {
				return query.PageDepends(list, page.Order{}, 0, parent, nil)
			},
			own: func(n int) (int, int) { return n, 0 },
		})
	})
}

// VoteByPost returns what the viewer voted on each post: 1, -1, or 0 for no
// vote.
func (l *Loaders) VoteByPost(ctx context.Context, posts []query.Key) ([]int, error) {
	return get(ctx, l, posts, identity{name: "VoteByPost"}, func(ctx context.Context, posts *query.Keys) ([]int, error) {
		return l.Query.VotesOnPosts(ctx, posts)
	})
}
