package loader

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// TagsByPost returns the tags of each post, by name.
func (l *Loaders) TagsByPost(ctx context.Context, posts []query.Key, columns query.Columns) ([][]*ent.Tag, error) {
	const name = "TagsByPost"
	return get(ctx, l, posts, identity{name: name, columns: columns}, func(ctx context.Context, posts *query.Keys) ([][]*ent.Tag, error) {
		return l.Query.TagsOfPosts(ctx, name, posts, columns)
	})
}

// PostsByParent returns a page of posts for each parent; list.Path says what
// the parents are.
func (l *Loaders) PostsByParent(ctx context.Context, list query.PostList, parents []query.Key, p page.Page, columns query.Columns) ([]Slice[ent.Post], error) {
	name := postLoaders[list.Path].page
	return get(ctx, l, parents, identity{name: name, list: list, page: p, columns: columns}, func(ctx context.Context, parents *query.Keys) ([]Slice[ent.Post], error) {
		read, err := l.Query.PostPages(ctx, name, list, parents, p, columns)
		return cut(p, read), err
	})
}

// PostCountByParent returns how many posts the list of each parent holds.
func (l *Loaders) PostCountByParent(ctx context.Context, list query.PostList, parents []query.Key) ([]int, error) {
	name := postLoaders[list.Path].count
	return get(ctx, l, parents, identity{name: name, list: list}, func(ctx context.Context, parents *query.Keys) ([]int, error) {
		return l.Query.PostCounts(ctx, name, list, parents)
	})
}

// CommentsByParent returns a page of comments for each parent; path says what
// the parents are.
func (l *Loaders) CommentsByParent(ctx context.Context, path query.CommentPath, parents []query.Key, p page.Page, columns query.Columns) ([]Slice[ent.Comment], error) {
	name := commentLoaders[path].page
	return get(ctx, l, parents, identity{name: name, list: path, page: p, columns: columns}, func(ctx context.Context, parents *query.Keys) ([]Slice[ent.Comment], error) {
		read, err := l.Query.CommentPages(ctx, name, path, parents, p, columns)
		return cut(p, read), err
	})
}

// CommentCountByParent returns how many comments the list of each parent
// holds.
func (l *Loaders) CommentCountByParent(ctx context.Context, path query.CommentPath, parents []query.Key) ([]int, error) {
	name := commentLoaders[path].count
	return get(ctx, l, parents, identity{name: name, list: path}, func(ctx context.Context, parents *query.Keys) ([]int, error) {
		return l.Query.CommentCounts(ctx, name, path, parents)
	})
}

// VoteByPost returns what the viewer voted on each post: 1, -1, or 0 for no
// vote.
func (l *Loaders) VoteByPost(ctx context.Context, posts []query.Key) ([]int, error) {
	const name = "VoteByPost"
	return get(ctx, l, posts, identity{name: name}, func(ctx context.Context, posts *query.Keys) ([]int, error) {
		return l.Query.VotesOnPosts(ctx, name, posts)
	})
}

// names are those of the loaders of one path, as GraphQL-Explain shows them.
type names struct{ page, count string }

var (
	postLoaders = map[query.PostPath]names{
		query.PostsOfAuthor: {"PostsByAuthor", "PostCountByAuthor"},
		query.PostsOfTag:    {"PostsByTag", "PostCountByTag"},
		query.RepliesOfPost: {"RepliesByPost", "ReplyCountByPost"},
	}
	commentLoaders = map[query.CommentPath]names{
		query.CommentsOfPost:   {"CommentsByPost", "CommentCountByPost"},
		query.CommentsOfAuthor: {"CommentsByAuthor", "CommentCountByAuthor"},
	}
)
