package loader

import (
	"context"
	"strings"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/row"
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

// UserByUsername returns one user, or nil. Who has a name is kept like a list.
func (l *Loaders) UserByUsername(ctx context.Context, username string, columns query.Columns) (*ent.User, error) {
	id := identity{name: "UserByUsername", list: strings.ToLower(username), columns: columns}
	found, err := keptLists(ctx, l, id, query.KeysOf(query.Key{}), lists[*ent.User]{
		load: func(ctx context.Context, q *query.Queries, _ *query.Keys) ([]*ent.User, error) {
			u, err := q.UserByUsername(ctx, username, columns)
			return []*ent.User{u}, err
		},
		depends: func(_ query.Key, u *ent.User) depend.Noted { return query.NamedDepends(u) },
		own: func(u *ent.User) (*ent.User, int) {
			if u == nil {
				return nil, 0
			}
			return row.Clone(u)
		},
	})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// TagByName returns one tag, or nil.
func (l *Loaders) TagByName(ctx context.Context, name string, columns query.Columns) (*ent.Tag, error) {
	return l.Query.TagByName(ctx, name, columns)
}

// Search returns a page of the posts that a search finds.
func (l *Loaders) Search(ctx context.Context, s query.Search, p page.Page, columns query.Columns) ([]query.Match, page.Info, error) {
	read, total, err := l.Query.SearchPage(ctx, s, p, columns)
	found, info := page.Cut(p, read)
	info.Tells(total)
	return found, info, err
}

// SearchCount returns how many posts a search finds.
func (l *Loaders) SearchCount(ctx context.Context, s query.Search) (int, error) {
	return l.Query.SearchCount(ctx, s)
}
