package graph

import (
	"context"

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

// parse checks the arguments of the list of posts called name.
func (a postArgs) parse(name string, path query.PostPath) (list query.PostList, p page.Page, err error) {
	if list, err = postList(path, a.filter); err != nil {
		return list, p, err
	}
	order, err := postOrder(list, a.order)
	if err != nil {
		return list, p, err
	}
	p, err = a.page.Parse(name, order)
	return list, p, err
}

// postsOf returns a page of posts for each parent; name is the list's, for its
// cursors.
func postsOf(ctx context.Context, name string, path query.PostPath, parents []query.Key, args postArgs) ([]*model.PostConnection, error) {
	list, p, err := args.parse(name, path)
	if err != nil {
		return nil, err
	}
	want := postColumns.connection(ctx, "Post")
	return connections(ctx, parents, p, want, func() ([]loader.Slice[ent.Post], error) {
		return loader.FromContext(ctx).PostsByParent(ctx, list, parents, p, want.columns)
	}, func(s loader.Slice[ent.Post], parent query.Key) model.PostConnection {
		return model.PostConnection{Nodes: s.Rows, Info: s.Info, Name: name, Order: p.Order, List: list, Parent: parent}
	})
}

// commentsOf returns a page of comments for each parent.
func commentsOf(ctx context.Context, name string, path query.CommentPath, parents []query.Key, args page.Args) ([]*model.CommentConnection, error) {
	p, err := args.Parse(name, path.Order())
	if err != nil {
		return nil, err
	}
	want := commentColumns.connection(ctx, "Comment")
	return connections(ctx, parents, p, want, func() ([]loader.Slice[ent.Comment], error) {
		return loader.FromContext(ctx).CommentsByParent(ctx, path, parents, p, want.columns)
	}, func(s loader.Slice[ent.Comment], parent query.Key) model.CommentConnection {
		return model.CommentConnection{Nodes: s.Rows, Info: s.Info, Name: name, Path: path, Parent: parent}
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
