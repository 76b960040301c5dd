package graph

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// Tag is the resolver for the tag field.
func (r *queryResolver) Tag(ctx context.Context, name string) (*ent.Tag, error) {
	if err := checkLookup("name", name); err != nil {
		return nil, err
	}
	return loader.FromContext(ctx).TagByName(ctx, name, selected(ctx, query.Tags))
}

// Tags is the resolver for the tags field.
func (r *queryResolver) Tags(ctx context.Context, first *int, after *string, last *int, before *string, prefix *string) (*model.TagConnection, error) {
	of := page.List{Name: "Query.tags"}
	var list query.TagList
	if prefix != nil && *prefix != "" {
		if err := checkLookup("prefix", *prefix); err != nil {
			return nil, err
		}
		list.Prefix = *prefix
	}
	p, err := pageArgs(first, after, last, before).Parse(of, page.Order{Field: page.Name})
	if err != nil {
		return nil, err
	}
	return atRoot(ctx, list, of, p, model.NewTagConnection)
}

// Posts is the batch resolver for the posts field.
func (r *tagResolver) Posts(ctx context.Context, objs []*ent.Tag, first *int, after *string, last *int, before *string, filter *model.PostFilter, orderBy *model.PostOrder) ([]*model.PostConnection, error) {
	return postsOf(ctx, "Tag.posts", query.PostsOfTag, keys(objs, func(t *ent.Tag) query.Key { return query.Key(t.ID.ID) }),
		postArgs{pageArgs(first, after, last, before), filter, orderBy})
}

// Tag returns generated.TagResolver implementation.
func (r *Resolver) Tag() generated.TagResolver { return &tagResolver{r} }

type tagResolver struct{ *Resolver }
