package graph

import (
	"context"

	"github.com/weftql/weft/ent"
)

// writer returns the author of the only object where the viewer has just
// written it, and the author came with it; else nil.
func writer[T any](ctx context.Context, objs []*T, author func(*T) *ent.User) []*ent.User {
	if len(objs) != 1 || author(objs[0]) == nil || !count(ctx, 1) {
		return nil
	}
	return []*ent.User{author(objs[0])}
}
