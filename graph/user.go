package graph

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/query"
)

// authors returns the users with these ids, with the columns that the current
// field selects. Every author exists: the store sees to it.
func authors[T any](ctx context.Context, objs []*T, authorID func(*T) typeid.User) ([]*ent.User, error) {
	if !count(ctx, len(objs)) {
		return stopped[ent.User](len(objs)), nil
	}
	ids := keys(objs, func(o *T) query.Key { return query.Key(authorID(o).ID) })
	return loader.ByID(ctx, query.Users, ids, selected(ctx, query.Users))
}

// writer returns the author of the only object where the viewer has just
// written it, and the author came with it; else nil.
func writer[T any](ctx context.Context, objs []*T, author func(*T) *ent.User) []*ent.User {
	if len(objs) != 1 || author(objs[0]) == nil || !count(ctx, 1) {
		return nil
	}
	return []*ent.User{author(objs[0])}
}
