package loader

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// The lists and look-ups at the root have one parent, the operation: there is
// nothing to join, and each is one statement.

// Posts returns a page of posts.
func (l *Loaders) Posts(ctx context.Context, list query.PostList, p page.Page, columns query.Columns) (Slice[ent.Post], error) {
	read, err := l.Query.PostPage(ctx, "Posts", list, p, columns)
	return slice(p, read), err
}

// PostCount returns how many posts the list holds.
func (l *Loaders) PostCount(ctx context.Context, list query.PostList) (int, error) {
	return l.Query.PostCount(ctx, "PostCount", list)
}

// Users returns a page of users.
func (l *Loaders) Users(ctx context.Context, list query.UserList, p page.Page, columns query.Columns) (Slice[ent.User], error) {
	read, err := l.Query.UserPage(ctx, "Users", list, p, columns)
	return slice(p, read), err
}

// UserCount returns how many users the list holds.
func (l *Loaders) UserCount(ctx context.Context, list query.UserList) (int, error) {
	return l.Query.UserCount(ctx, "UserCount", list)
}

// UserByUsername returns one user, or nil.
func (l *Loaders) UserByUsername(ctx context.Context, username string, columns query.Columns) (*ent.User, error) {
	return l.Query.UserByUsername(ctx, "UserByUsername", username, columns)
}

// Tags returns a page of tags.
func (l *Loaders) Tags(ctx context.Context, list query.TagList, p page.Page, columns query.Columns) (Slice[ent.Tag], error) {
	read, err := l.Query.TagPage(ctx, "Tags", list, p, columns)
	return slice(p, read), err
}

// TagCount returns how many tags the list holds.
func (l *Loaders) TagCount(ctx context.Context, list query.TagList) (int, error) {
	return l.Query.TagCount(ctx, "TagCount", list)
}

// TagByName returns one tag, or nil.
func (l *Loaders) TagByName(ctx context.Context, name string, columns query.Columns) (*ent.Tag, error) {
	return l.Query.TagByName(ctx, "TagByName", name, columns)
}

// Search returns a page of the posts that a search finds.
func (l *Loaders) Search(ctx context.Context, s query.Search, p page.Page, columns query.Columns) ([]query.Match, page.Info, error) {
	read, err := l.Query.SearchPage(ctx, "Search", s, p, columns)
	found, info := page.Cut(p, read)
	return found, info, err
}

// SearchCount returns how many posts a search finds.
func (l *Loaders) SearchCount(ctx context.Context, s query.Search) (int, error) {
	return l.Query.SearchCount(ctx, "SearchCount", s)
}

func slice[T any](p page.Page, read []*T) Slice[T] {
	rows, info := page.Cut(p, read)
	return Slice[T]{Rows: rows, Info: info}
}
