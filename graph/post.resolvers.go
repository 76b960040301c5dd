package graph

import (
	"context"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/query"
)

// PostEdge is the batch resolver for the postEdge field.
func (r *createPostPayloadResolver) PostEdge(ctx context.Context, objs []*model.CreatePostPayload) ([]*model.PostEdge, error) {
	return edgesOf(objs, func(p *model.CreatePostPayload) *model.PostEdge { return newPostEdge(p.Post) }), nil
}

// CreatePost is the resolver for the createPost field.
func (r *mutationResolver) CreatePost(ctx context.Context, input model.CreatePostInput) (*model.CreatePostPayload, error) {
	created, err := r.content.CreatePost(ctx, content.NewPost{
		Title: input.Title, Body: input.Body, Tags: input.Tags.Value(), Publish: isTrue(input.Publish),
	})
	if err != nil {
		return nil, err
	}
	return &model.CreatePostPayload{Post: created}, nil
}

// UpdatePost is the resolver for the updatePost field.
func (r *mutationResolver) UpdatePost(ctx context.Context, input model.UpdatePostInput) (*model.UpdatePostPayload, error) {
	id, err := inputID("input.id", input.ID.Post)
	if err != nil {
		return nil, err
	}
	updated, err := r.content.UpdatePost(ctx, id, content.PostChange{
		Title: input.Title.Value(), Body: input.Body.Value(), BodyFormat: input.BodyFormat.Value(),
		Expected: input.ExpectedUpdatedAt.Value(),
	})
	if err != nil {
		return nil, err
	}
	return &model.UpdatePostPayload{Post: updated}, nil
}

// PublishPost is the resolver for the publishPost field.
func (r *mutationResolver) PublishPost(ctx context.Context, input model.PublishPostInput) (*model.PublishPostPayload, error) {
	id, err := inputID("input.id", input.ID.Post)
	if err != nil {
		return nil, err
	}
	published, err := r.content.PublishPost(ctx, id, input.ExpectedUpdatedAt.Value())
	if err != nil {
		return nil, err
	}
	return &model.PublishPostPayload{Post: published}, nil
}

// ArchivePost is the resolver for the archivePost field.
func (r *mutationResolver) ArchivePost(ctx context.Context, input model.ArchivePostInput) (*model.ArchivePostPayload, error) {
	id, err := inputID("input.id", input.ID.Post)
	if err != nil {
		return nil, err
	}
	archived, err := r.content.ArchivePost(ctx, id, input.ExpectedUpdatedAt.Value())
	if err != nil {
		return nil, err
	}
	return &model.ArchivePostPayload{Post: archived}, nil
}

// DeletePost is the resolver for the deletePost field.
func (r *mutationResolver) DeletePost(ctx context.Context, input model.DeletePostInput) (*model.DeletePostPayload, error) {
	id, err := inputID("input.id", input.ID.Post)
	if err != nil {
		return nil, err
	}
	if err := r.content.DeletePost(ctx, id); err != nil {
		return nil, err
	}
	return &model.DeletePostPayload{DeletedPostID: input.ID}, nil
}

// ReplyToPost is the resolver for the replyToPost field.
func (r *mutationResolver) ReplyToPost(ctx context.Context, input model.ReplyToPostInput) (*model.ReplyToPostPayload, error) {
	parent, err := inputID("input.postId", input.PostID.Post)
	if err != nil {
		return nil, err
	}
	reply, err := r.content.ReplyToPost(ctx, parent, input.Body)
	if err != nil {
		return nil, err
	}
	return &model.ReplyToPostPayload{Post: reply}, nil
}

// SetPostTags is the resolver for the setPostTags field.
func (r *mutationResolver) SetPostTags(ctx context.Context, input model.SetPostTagsInput) (*model.SetPostTagsPayload, error) {
	id, err := inputID("input.id", input.ID.Post)
	if err != nil {
		return nil, err
	}
	filed, err := r.content.SetPostTags(ctx, id, input.Tags, input.ExpectedUpdatedAt.Value())
	if err != nil {
		return nil, err
	}
	return &model.SetPostTagsPayload{Post: filed}, nil
}

// VotePost is the resolver for the votePost field.
func (r *mutationResolver) VotePost(ctx context.Context, input model.VotePostInput) (*model.VotePostPayload, error) {
	id, err := inputID("input.id", input.ID.Post)
	if err != nil {
		return nil, err
	}
	voted, err := r.content.VotePost(ctx, id, voteNumber(input.Value))
	if err != nil {
		return nil, err
	}
	return &model.VotePostPayload{Post: voted}, nil
}

// BodyHTML is the batch resolver for the bodyHtml field.
func (r *postResolver) BodyHTML(ctx context.Context, objs []*ent.Post) ([]string, error) {
	return bodyHTML(ctx, objs)
}

// ViewerVote is the batch resolver for the viewerVote field.
func (r *postResolver) ViewerVote(ctx context.Context, objs []*ent.Post) ([]model.VoteValue, error) {
	return viewerVotes(ctx, objs)
}

// ViewerCanUpdate is the batch resolver for the viewerCanUpdate field.
func (r *postResolver) ViewerCanUpdate(ctx context.Context, objs []*ent.Post) ([]bool, error) {
	return flags(ctx, objs, func(v auth.Viewer, p *ent.Post) bool { return content.MayChangePost(v, p.AuthorID) })
}

// ViewerCanDelete is the batch resolver for the viewerCanDelete field.
func (r *postResolver) ViewerCanDelete(ctx context.Context, objs []*ent.Post) ([]bool, error) {
	return flags(ctx, objs, func(v auth.Viewer, p *ent.Post) bool { return content.MayChangePost(v, p.AuthorID) })
}

// Author is the batch resolver for the author field.
func (r *postResolver) Author(ctx context.Context, objs []*ent.Post) ([]*ent.User, error) {
	if known := writer(ctx, objs, func(p *ent.Post) *ent.User { return p.Edges.Author }); known != nil {
		return known, nil
	}
	return related(ctx, objs, query.Users, func(p *ent.Post) typeid.User { return p.AuthorID })
}

// Tags is the batch resolver for the tags field.
func (r *postResolver) Tags(ctx context.Context, objs []*ent.Post) ([][]*ent.Tag, error) {
	if !count(ctx, len(objs)) {
		return make([][]*ent.Tag, len(objs)), nil
	}
	return loader.FromContext(ctx).TagsByPost(ctx, keys(objs, postKey), selected(ctx, query.Tags))
}

// Parent is the batch resolver for the parent field.
func (r *postResolver) Parent(ctx context.Context, objs []*ent.Post) ([]*ent.Post, error) {
	return relatedIfAny(ctx, objs, query.Posts, func(p *ent.Post) *typeid.Post { return p.ParentID })
}

// Replies is the batch resolver for the replies field.
func (r *postResolver) Replies(ctx context.Context, objs []*ent.Post, first *int, after *string, last *int, before *string, orderBy *model.PostOrder) ([]*model.PostConnection, error) {
	return postsOf(ctx, repliesOfPost, query.RepliesOfPost, keys(objs, postKey),
		postArgs{page: pageArgs(first, after, last, before), order: orderBy})
}

// Comments is the batch resolver for the comments field.
func (r *postResolver) Comments(ctx context.Context, objs []*ent.Post, first *int, after *string, last *int, before *string, orderBy *model.CommentOrder) ([]*model.CommentConnection, error) {
	return commentsOf(ctx, commentsOfPost, query.CommentsOfPost, keys(objs, postKey), pageArgs(first, after, last, before), orderBy)
}

// PostEdge is the batch resolver for the postEdge field.
func (r *publishPostPayloadResolver) PostEdge(ctx context.Context, objs []*model.PublishPostPayload) ([]*model.PostEdge, error) {
	return edgesOf(objs, func(p *model.PublishPostPayload) *model.PostEdge { return newPostEdge(p.Post) }), nil
}

// Post is the resolver for the post field.
func (r *queryResolver) Post(ctx context.Context, id typeid.Any) (*ent.Post, error) {
	post, err := inputID("id", id.Post)
	if err != nil {
		return nil, err
	}
	return only(loader.ByID(ctx, query.Posts, []query.Key{query.Key(post.ID)}, selected(ctx, query.Posts)))
}

// Posts is the resolver for the posts field.
func (r *queryResolver) Posts(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.PostFilter, orderBy *model.PostOrder) (*model.PostConnection, error) {
	list, of, p, err := postArgs{pageArgs(first, after, last, before), filter, orderBy}.parse(allPosts, query.AllPosts, nil)
	if err != nil {
		return nil, err
	}
	return atRoot(ctx, list, of, p, model.NewPostConnection)
}

// ReplyEdge is the batch resolver for the replyEdge field.
func (r *replyToPostPayloadResolver) ReplyEdge(ctx context.Context, objs []*model.ReplyToPostPayload) ([]*model.PostEdge, error) {
	return edgesOf(objs, func(p *model.ReplyToPostPayload) *model.PostEdge { return newReplyEdge(p.Post) }), nil
}

// CreatePostPayload returns generated.CreatePostPayloadResolver implementation.
func (r *Resolver) CreatePostPayload() generated.CreatePostPayloadResolver {
	return &createPostPayloadResolver{r}
}

// Post returns generated.PostResolver implementation.
func (r *Resolver) Post() generated.PostResolver { return &postResolver{r} }

// PublishPostPayload returns generated.PublishPostPayloadResolver implementation.
func (r *Resolver) PublishPostPayload() generated.PublishPostPayloadResolver {
	return &publishPostPayloadResolver{r}
}

// ReplyToPostPayload returns generated.ReplyToPostPayloadResolver implementation.
func (r *Resolver) ReplyToPostPayload() generated.ReplyToPostPayloadResolver {
	return &replyToPostPayloadResolver{r}
}

type (
	createPostPayloadResolver  struct{ *Resolver }
	postResolver               struct{ *Resolver }
	publishPostPayloadResolver struct{ *Resolver }
	replyToPostPayloadResolver struct{ *Resolver }
)
