package loader

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/typeid"
)

// UserByID returns the users with these ids; nil where there is none.
func (l *Loaders) UserByID(ctx context.Context, ids []typeid.User, columns query.Columns) ([]*ent.User, error) {
	return rows(ctx, l, "UserByID", ids, columns, typeid.User.UUID, l.Query.UsersByID, func(u *ent.User) typeid.User { return u.ID })
}

// PostByID returns the posts with these ids; nil where there is none that the
// viewer may see.
func (l *Loaders) PostByID(ctx context.Context, ids []typeid.Post, columns query.Columns) ([]*ent.Post, error) {
	return rows(ctx, l, "PostByID", ids, columns, typeid.Post.UUID, l.Query.PostsByID, func(p *ent.Post) typeid.Post { return p.ID })
}

// CommentByID returns the comments with these ids; nil where there is none
// that the viewer may see.
func (l *Loaders) CommentByID(ctx context.Context, ids []typeid.Comment, columns query.Columns) ([]*ent.Comment, error) {
	return rows(ctx, l, "CommentByID", ids, columns, typeid.Comment.UUID, l.Query.CommentsByID, func(c *ent.Comment) typeid.Comment { return c.ID })
}

// TagByID returns the tags with these ids; nil where there is none.
func (l *Loaders) TagByID(ctx context.Context, ids []typeid.Tag, columns query.Columns) ([]*ent.Tag, error) {
	return rows(ctx, l, "TagByID", ids, columns, typeid.Tag.UUID, l.Query.TagsByID, func(t *ent.Tag) typeid.Tag { return t.ID })
}

// rows loads rows by id and puts them into the order of the ids.
func rows[I comparable, U ~[16]byte, T any](
	ctx context.Context, l *Loaders, name string, ids []I, columns query.Columns,
	uuid func(I) U,
	read func(context.Context, string, []query.Key, query.Columns) ([]*T, error),
	idOf func(*T) I,
) ([]*T, error) {
	return get(ctx, l, identity{name: name, columns: columns}, func(ctx context.Context, ids []I) ([]*T, error) {
		keys := make([]query.Key, len(ids))
		at := make(map[I]int, len(ids))
		for i, id := range ids {
			keys[i] = query.Key(uuid(id))
			at[id] = i
		}
		found, err := read(ctx, name, keys, columns)
		if err != nil {
			return nil, err
		}
		ordered := make([]*T, len(ids))
		for _, row := range found {
			ordered[at[idOf(row)]] = row
		}
		return ordered, nil
	}).Load(ctx, ids)
}
