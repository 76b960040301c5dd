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
	slices := make([]loader.Slice[ent.Post], len(parents))
	if want.rows {
		if !afford(ctx, len(parents), p.Size) {
			return stopped[model.PostConnection](len(parents)), nil
		}
		if slices, err = loader.FromContext(ctx).PostsByParent(ctx, list, parents, p, want.columns); err != nil {
			return nil, err
		}
		if !countRows(ctx, slices) {
			return stopped[model.PostConnection](len(parents)), nil
		}
	}
	slab := make([]model.PostConnection, len(parents))
	out := make([]*model.PostConnection, len(parents))
	for i, s := range slices {
		slab[i] = model.PostConnection{Nodes: s.Rows, Info: s.Info, Name: name, Order: p.Order, List: list, Parent: parents[i]}
		out[i] = &slab[i]
	}
	return out, nil
}

// commentsOf returns a page of comments for each parent.
func commentsOf(ctx context.Context, name string, path query.CommentPath, parents []query.Key, args page.Args) ([]*model.CommentConnection, error) {
	p, err := args.Parse(name, path.Order())
	if err != nil {
		return nil, err
	}
	want := commentColumns.connection(ctx, "Comment")
	slices := make([]loader.Slice[ent.Comment], len(parents))
	if want.rows {
		if !afford(ctx, len(parents), p.Size) {
			return stopped[model.CommentConnection](len(parents)), nil
		}
		if slices, err = loader.FromContext(ctx).CommentsByParent(ctx, path, parents, p, want.columns); err != nil {
			return nil, err
		}
		if !countRows(ctx, slices) {
			return stopped[model.CommentConnection](len(parents)), nil
		}
	}
	slab := make([]model.CommentConnection, len(parents))
	out := make([]*model.CommentConnection, len(parents))
	for i, s := range slices {
		slab[i] = model.CommentConnection{Nodes: s.Rows, Info: s.Info, Name: name, Path: path, Parent: parents[i]}
		out[i] = &slab[i]
	}
	return out, nil
}
