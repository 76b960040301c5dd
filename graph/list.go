package graph

import (
	"context"
	"slices"

	"github.com/google/uuid"

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
	return nested(ctx, list, of, p, parents, model.NewPostConnection)
}

// commentsOf returns a page of comments for each parent.
func commentsOf(ctx context.Context, name string, path query.CommentPath, parents []query.Key, args page.Args, in *model.CommentOrder) ([]*model.CommentConnection, error) {
	return listOf(ctx, name, query.CommentList{Path: path}, parents, args, commentOrder(path, in), model.NewCommentConnection)
}

// listOf returns a page of a list for each parent; name is the list's, for its
// cursors.
func listOf[T any, L query.List[T], C any](
	ctx context.Context, name string, list L, parents []query.Key, args page.Args, order page.Order, connect func(model.Page[T, L]) C,
) ([]*C, error) {
	of, p, err := parsePage(args, name, order, parents)
	if err != nil {
		return nil, err
	}
	return nested(ctx, list, of, p, parents, connect)
}

// nested makes a connection for each parent, of the page that is read where the
// rows are wanted, within what an answer may hold.
func nested[T any, L query.List[T], C any](
	ctx context.Context, list L, of page.List, p page.Page, parents []query.Key, connect func(model.Page[T, L]) C,
) ([]*C, error) {
	slices := make([]loader.Slice[T], len(parents))
	if want := wants(ctx, list.Entity()); want.rows {
		if !afford(ctx, len(parents), p.Size) {
			return stopped[C](len(parents)), nil
		}
		p.Total = want.total
		var err error
		if slices, err = loader.Pages(ctx, list, parents, p, want.columns); err != nil {
			return nil, err
		}
		if !countRows(ctx, slices) {
			return stopped[C](len(parents)), nil
		}
	}
	slab := make([]C, len(parents))
	out := make([]*C, len(parents))
	for i, s := range slices {
		of.Parent = parents[i]
		slab[i] = connect(model.Page[T, L]{Nodes: s.Rows, Info: s.Info, Of: of, Order: p.Order, List: list})
		out[i] = &slab[i]
	}
	return out, nil
}

// atRoot makes the connection of a list at the root.
func atRoot[T any, L query.List[T], C any](
	ctx context.Context, list L, of page.List, p page.Page, connect func(model.Page[T, L]) C,
) (*C, error) {
	found := model.Page[T, L]{Of: of, Order: p.Order, List: list}
	if want := wants(ctx, list.Entity()); want.rows {
		slice, err := loader.Page(ctx, list, p, want.columns)
		if err != nil {
			return nil, err
		}
		found.Nodes, found.Info = slice.Rows, slice.Info
	}
	c := connect(found)
	return &c, nil
}

// totals counts the lists of connections: those of many parents, which differ
// in nothing else, at once, unless their pages were read and tell.
func totals[C interface{ Page() *model.Page[T, L] }, T any, L query.List[T]](ctx context.Context, objs []C) ([]int, error) {
	if list := objs[0].Page().List; list.Nested() {
		counts := make([]int, len(objs))
		var parents []query.Key
		var places []int
		for i, c := range objs {
			if p := c.Page(); p.Info.Counted {
				counts[i] = p.Info.Total
			} else {
				parents, places = append(parents, p.Of.Parent), append(places, i)
			}
		}
		read, err := loader.Counts(ctx, list, parents)
		for i, n := range read {
			counts[places[i]] = n
		}
		return counts, err
	}
	return each(objs, func(c C) (int, error) { return loader.Count(ctx, c.Page().List) })
}
