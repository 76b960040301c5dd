package loader

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/query"
)

// UserByID returns the users with these ids; nil where there is none.
func (l *Loaders) UserByID(ctx context.Context, ids []query.Key, columns query.Columns) ([]*ent.User, error) {
	return rows(ctx, l, "UserByID", ids, columns, (*query.Queries).UsersByID)
}

// PostByID returns the posts with these ids; nil where there is none that the
// viewer may see.
func (l *Loaders) PostByID(ctx context.Context, ids []query.Key, columns query.Columns) ([]*ent.Post, error) {
	return rows(ctx, l, "PostByID", ids, columns, (*query.Queries).PostsByID)
}

// CommentByID returns the comments with these ids; nil where there is none
// that the viewer may see.
func (l *Loaders) CommentByID(ctx context.Context, ids []query.Key, columns query.Columns) ([]*ent.Comment, error) {
	return rows(ctx, l, "CommentByID", ids, columns, (*query.Queries).CommentsByID)
}

// TagByID returns the tags with these ids; nil where there is none.
func (l *Loaders) TagByID(ctx context.Context, ids []query.Key, columns query.Columns) ([]*ent.Tag, error) {
	return rows(ctx, l, "TagByID", ids, columns, (*query.Queries).TagsByID)
}

// rows loads rows by id.
func rows[T any](
	ctx context.Context, l *Loaders, name string, ids []query.Key, columns query.Columns,
	read func(*query.Queries, context.Context, string, *query.Keys, query.Columns) ([]*T, error),
) ([]*T, error) {
	return get(ctx, l, ids, identity{name: name, columns: columns}, func(ctx context.Context, ids *query.Keys) ([]*T, error) {
		return read(l.Query, ctx, name, ids, columns)
	})
}
