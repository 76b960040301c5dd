package graph

import (
	"context"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/query"
)

// CommentEdge is the batch resolver for the commentEdge field.
func (r *addCommentPayloadResolver) CommentEdge(ctx context.Context, objs []*model.AddCommentPayload) ([]*model.CommentEdge, error) {
	return edgesOf(objs, func(p *model.AddCommentPayload) *model.CommentEdge { return newCommentEdge(p.Comment) }), nil
}

// ViewerCanUpdate is the batch resolver for the viewerCanUpdate field.
func (r *commentResolver) ViewerCanUpdate(ctx context.Context, objs []*ent.Comment) ([]bool, error) {
	return flags(ctx, objs, func(v auth.Viewer, c *ent.Comment) bool { return content.MayUpdateComment(v, c.AuthorID) })
}

// ViewerCanDelete is the batch resolver for the viewerCanDelete field.
func (r *commentResolver) ViewerCanDelete(ctx context.Context, objs []*ent.Comment) ([]bool, error) {
	return flags(ctx, objs, func(v auth.Viewer, c *ent.Comment) bool { return content.MayDeleteComment(v, c.AuthorID) })
}

// Author is the batch resolver for the author field.
func (r *commentResolver) Author(ctx context.Context, objs []*ent.Comment) ([]*ent.User, error) {
	if known := writer(ctx, objs, func(c *ent.Comment) *ent.User { return c.Edges.Author }); known != nil {
		return known, nil
	}
	return related(ctx, objs, query.Users, func(c *ent.Comment) typeid.User { return c.AuthorID })
}

// Post is the batch resolver for the post field.
func (r *commentResolver) Post(ctx context.Context, objs []*ent.Comment) ([]*ent.Post, error) {
	return related(ctx, objs, query.Posts, func(c *ent.Comment) typeid.Post { return c.PostID })
}

// Post is the batch resolver for the post field.
func (r *deleteCommentPayloadResolver) Post(ctx context.Context, objs []*model.DeleteCommentPayload) ([]*ent.Post, error) {
	return related(ctx, objs, query.Posts, func(p *model.DeleteCommentPayload) typeid.Post { return p.PostID })
}

// AddComment is the resolver for the addComment field.
func (r *mutationResolver) AddComment(ctx context.Context, input model.AddCommentInput) (*model.AddCommentPayload, error) {
	on, err := inputID("input.postId", input.PostID.Post)
	if err != nil {
		return nil, err
	}
	added, err := r.content.AddComment(ctx, on, input.Body)
	if err != nil {
		return nil, err
	}
	return &model.AddCommentPayload{Comment: added}, nil
}

// UpdateComment is the resolver for the updateComment field.
func (r *mutationResolver) UpdateComment(ctx context.Context, input model.UpdateCommentInput) (*model.UpdateCommentPayload, error) {
	id, err := inputID("input.id", input.ID.Comment)
	if err != nil {
		return nil, err
	}
	updated, err := r.content.UpdateComment(ctx, id, input.Body, input.ExpectedUpdatedAt.Value())
	if err != nil {
		return nil, err
	}
	return &model.UpdateCommentPayload{Comment: updated}, nil
}

// DeleteComment is the resolver for the deleteComment field.
func (r *mutationResolver) DeleteComment(ctx context.Context, input model.DeleteCommentInput) (*model.DeleteCommentPayload, error) {
	id, err := inputID("input.id", input.ID.Comment)
	if err != nil {
		return nil, err
	}
	deleted, err := r.content.DeleteComment(ctx, id)
	if err != nil {
		return nil, err
	}
	return &model.DeleteCommentPayload{DeletedCommentID: input.ID, PostID: deleted.PostID}, nil
}

// AddCommentPayload returns generated.AddCommentPayloadResolver implementation.
func (r *Resolver) AddCommentPayload() generated.AddCommentPayloadResolver {
	return &addCommentPayloadResolver{r}
}

// Comment returns generated.CommentResolver implementation.
func (r *Resolver) Comment() generated.CommentResolver { return &commentResolver{r} }

// DeleteCommentPayload returns generated.DeleteCommentPayloadResolver implementation.
func (r *Resolver) DeleteCommentPayload() generated.DeleteCommentPayloadResolver {
	return &deleteCommentPayloadResolver{r}
}

type (
	addCommentPayloadResolver    struct{ *Resolver }
	commentResolver              struct{ *Resolver }
	deleteCommentPayloadResolver struct{ *Resolver }
)
