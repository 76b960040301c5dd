package graph

import (
	"context"

	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/model"
)

// TotalCount is the batch resolver for the totalCount field.
func (r *commentConnectionResolver) TotalCount(ctx context.Context, objs []*model.CommentConnection) ([]int, error) {
	return totals(ctx, objs)
}

// TotalCount is the batch resolver for the totalCount field.
func (r *postConnectionResolver) TotalCount(ctx context.Context, objs []*model.PostConnection) ([]int, error) {
	return totals(ctx, objs)
}

// TotalCount is the batch resolver for the totalCount field.
func (r *tagConnectionResolver) TotalCount(ctx context.Context, objs []*model.TagConnection) ([]int, error) {
	return totals(ctx, objs)
}

// TotalCount is the batch resolver for the totalCount field.
func (r *userConnectionResolver) TotalCount(ctx context.Context, objs []*model.UserConnection) ([]int, error) {
	return totals(ctx, objs)
}

// CommentConnection returns generated.CommentConnectionResolver implementation.
func (r *Resolver) CommentConnection() generated.CommentConnectionResolver {
	return &commentConnectionResolver{r}
}

// PostConnection returns generated.PostConnectionResolver implementation.
func (r *Resolver) PostConnection() generated.PostConnectionResolver {
	return &postConnectionResolver{r}
}

// TagConnection returns generated.TagConnectionResolver implementation.
func (r *Resolver) TagConnection() generated.TagConnectionResolver { return &tagConnectionResolver{r} }

// UserConnection returns generated.UserConnectionResolver implementation.
func (r *Resolver) UserConnection() generated.UserConnectionResolver {
	return &userConnectionResolver{r}
}

type (
	commentConnectionResolver struct{ *Resolver }
	postConnectionResolver    struct{ *Resolver }
	tagConnectionResolver     struct{ *Resolver }
	userConnectionResolver    struct{ *Resolver }
)
