package graph

import (
	"context"

	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/model"
)

// Search is the resolver for the search field.
func (r *queryResolver) Search(ctx context.Context, query string, typeArg model.SearchType, first *int, after *string, last *int, before *string) (*model.SearchConnection, error) {
	return search(ctx, query, typeArg, pageArgs(first, after, last, before))
}

// TotalCount is the batch resolver for the totalCount field.
func (r *searchConnectionResolver) TotalCount(ctx context.Context, objs []*model.SearchConnection) ([]int, error) {
	return each(objs, func(c *model.SearchConnection) (int, error) { return searchCount(ctx, c) })
}

// SearchConnection returns generated.SearchConnectionResolver implementation.
func (r *Resolver) SearchConnection() generated.SearchConnectionResolver {
	return &searchConnectionResolver{r}
}

type searchConnectionResolver struct{ *Resolver }
