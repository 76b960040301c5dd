package graph

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// keys returns the keys of objects.
func keys[T any](objs []*T, key func(*T) query.Key) []query.Key {
	out := make([]query.Key, len(objs))
	for i, o := range objs {
		out[i] = key(o)
	}
	return out
}

// postArgs are the arguments of a list of posts.
type postArgs struct {
	page   page.Args
	filter *model.PostFilter
	order  *model.PostOrder
}

// parse checks the arguments of the list of posts called name of each parent.
func (a postArgs) parse(name string, path query.PostPath, parents []query.Key) (list query.PostList, of page.List, p page.Page, err error) {
	if list, err = postList(path, a.filter); err != nil {
		return list, of, p, err
	}
	order, err := postOrder(list, a.order)
	if err != nil {
		return list, of, p, err
	}
	if path == query.AllPosts {
		parents = []query.Key{query.Key(list.Author.ID)}
	}
	of, p, err = parsePage(a.page, name, order, parents)
	return list, of, p, err
}

// parsePage checks the arguments of the list called name, which each parent
// has. A cursor belongs to the list of one of them, so with a cursor there must
// be no other.
func parsePage(args page.Args, name string, order page.Order, parents []query.Key) (page.List, page.Page, error) {
	of := page.List{Name: name, Parent: parents[0]}
	if slices.ContainsFunc(parents, func(k query.Key) bool { return k != of.Parent }) {
		of.Parent = query.Key(uuid.Max) // which no object has
	}
	p, err := args.Parse(of, order)
	return of, p, err
}

// postsOf returns a page of posts for each parent; name is the list's, for its
// cursors.
func postsOf(ctx context.Context, name string, path query.PostPath, parents []query.Key, args postArgs) ([]*model.PostConnection, error) {
	list, of, p, err := args.parse(name, path, parents)
	if err != nil {
		return nil, err
	}
	want := postColumns.connection(ctx, "Post")
	return connections(ctx, parents, p, want, func() ([]loader.Slice[ent.Post], error) {
		return loader.FromContext(ctx).PostsByParent(ctx, list, parents, p, want.columns)
	}, func(s loader.Slice[ent.Post], parent query.Key) model.PostConnection {
		of.Parent = parent
		return model.PostConnection{Nodes: s.Rows, Info: s.Info, Of: of, Order: p.Order, List: list}
	})
}

// commentsOf returns a page of comments for each parent.
func commentsOf(ctx context.Context, name string, path query.CommentPath, parents []query.Key, args page.Args, in *model.CommentOrder) ([]*model.CommentConnection, error) {
	of, p, err := parsePage(args, name, commentOrder(path, in), parents)
	if err != nil {
		return nil, err
	}
	want := commentColumns.connection(ctx, "Comment")
	return connections(ctx, parents, p, want, func() ([]loader.Slice[ent.Comment], error) {
		return loader.FromContext(ctx).CommentsByParent(ctx, path, parents, p, want.columns)
	}, func(s loader.Slice[ent.Comment], parent query.Key) model.CommentConnection {
		of.Parent = parent
		return model.CommentConnection{Nodes: s.Rows, Info: s.Info, Of: of, Order: p.Order, Path: path}
	})
}

// connections makes a connection for each parent, of the page that load reads
// where the rows are wanted, within what an answer may hold.
func connections[T, C any](
	ctx context.Context, parents []query.Key, p page.Page, want wanted,
	load func() ([]loader.Slice[T], error), connect func(loader.Slice[T], query.Key) C,
) ([]*C, error) {
	slices := make([]loader.Slice[T], len(parents))
	if want.rows {
		if !afford(ctx, len(parents), p.Size) {
			return stopped[C](len(parents)), nil
		}
		var err error
		if slices, err = load(); err != nil {
			return nil, err
		}
		if !countRows(ctx, slices) {
			return stopped[C](len(parents)), nil
		}
	}
	slab := make([]C, len(parents))
	out := make([]*C, len(parents))
	for i, s := range slices {
		slab[i] = connect(s, parents[i])
		out[i] = &slab[i]
	}
	return out, nil
}
