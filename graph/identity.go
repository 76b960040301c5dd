package graph

import (
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/account"
)

// start makes whoever was granted a session the viewer of the rest of this
// mutation's selection, and gives a browser the session as cookies, where those
// are on.
func start(ctx context.Context, g *account.Grant) {
	auth.Become(ctx, g.Viewer)
	l := loader.FromContext(ctx)
	l.Query = l.Query.As(g.Viewer)
	keepSession(ctx, g)
}

// own returns what get reads of the viewer for the viewer, and nil for other
// users.
func own[T any](ctx context.Context, objs []*ent.User, get func(context.Context) ([]T, error)) ([][]T, error) {
	v := auth.FromContext(ctx)
	lists := make([][]T, len(objs))
	i := slices.IndexFunc(objs, func(u *ent.User) bool { return u.ID == v.ID })
	if i < 0 || v.Anonymous() {
		return lists, nil
	}
	list, err := get(ctx)
	if err != nil {
		return nil, err
	}
	for i, u := range objs {
		if u.ID == v.ID {
			lists[i] = list
		}
	}
	return lists, nil
}

// keepSession gives a browser the session as cookies, where those are on.
func keepSession(ctx context.Context, g *account.Grant) {
	auth.KeepSession(ctx, g.AccessToken, g.ExpiresAt, g.RefreshToken, time.Now().Add(refresh.Life))
}

// text is a text that may be left out.
func text(in graphql.Omittable[*string]) string {
	if in.Value() == nil {
		return ""
	}
	return *in.Value()
}
