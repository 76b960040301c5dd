package loader

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// The lists and look-ups at the root have one parent, the operation: there is
// nothing to join, and each is one statement.

// Page returns a page of a list at the root.
func Page[T any, L query.List[T]](ctx context.Context, list L, p page.Page, columns query.Columns) (Slice[T], error) {
	read, err := query.Page(ctx, FromContext(ctx).Query, list, p, columns)
	rows, info := page.Cut(p, read)
	return Slice[T]{Rows: rows, Info: info}, err
}

// Count returns how many rows a list at the root holds.
func Count[T any, L query.List[T]](ctx context.Context, list L) (int, error) {
	return query.Count(ctx, FromContext(ctx).Query, list)
}

// UserByUsername returns one user, or nil.
func (l *Loaders) UserByUsername(ctx context.Context, username string, columns query.Columns) (*ent.User, error) {
	return l.Query.UserByUsername(ctx, username, columns)
}

// TagByName returns one tag, or nil.
func (l *Loaders) TagByName(ctx context.Context, name string, columns query.Columns) (*ent.Tag, error) {
	return l.Query.TagByName(ctx, name, columns)
}

// Search returns a page of the posts that a search finds, and how many there are
// in all, or -1 where the page does not tell.
func (l *Loaders) Search(ctx context.Context, s query.Search, p page.Page, columns query.Columns) ([]query.Match, page.Info, int, error) {
	read, matches, err := l.Query.SearchPage(ctx, s, p, columns)
	found, info := page.Cut(p, read)
	return found, info, matches, err
}

// SearchCount returns how many posts a search finds.
func (l *Loaders) SearchCount(ctx context.Context, s query.Search) (int, error) {
	return l.Query.SearchCount(ctx, s)
}
