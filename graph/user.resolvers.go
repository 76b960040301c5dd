package graph

import (
	"context"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// User is the resolver for the user field.
func (r *queryResolver) User(ctx context.Context, id *typeid.Any, username *string) (*ent.User, error) {
	columns := selected(ctx, query.Users)
	switch {
	case (id == nil) == (username == nil):
		return nil, apperr.BadInput("id", "is needed, or else `username`: exactly one of them")
	case id != nil:
		user, err := inputID("id", id.User)
		if err != nil {
			return nil, err
		}
		return only(loader.ByID(ctx, query.Users, []query.Key{query.Key(user.ID)}, columns))
	}
	if err := checkLookup("username", *username); err != nil {
		return nil, err
	}
	return loader.FromContext(ctx).UserByUsername(ctx, *username, columns)
}

// Users is the resolver for the users field.
func (r *queryResolver) Users(ctx context.Context, first *int, after *string, last *int, before *string, orderBy *model.UserOrder) (*model.UserConnection, error) {
	of := page.List{Name: "Query.users"}
	p, err := pageArgs(first, after, last, before).Parse(of, userOrder(orderBy))
	if err != nil {
		return nil, err
	}
	return atRoot(ctx, query.UserList{}, of, p, model.NewUserConnection)
}

// AvatarURL is the batch resolver for the avatarUrl field.
func (r *userResolver) AvatarURL(ctx context.Context, objs []*ent.User) ([]*string, error) {
	urls := make([]*string, len(objs))
	for i, u := range objs {
		if u.AvatarURL != "" {
			urls[i] = &u.AvatarURL
		}
	}
	return urls, nil
}

// Email is the batch resolver for the email field.
func (r *userResolver) Email(ctx context.Context, objs []*ent.User) ([]*string, error) {
	v := auth.FromContext(ctx)
	emails := make([]*string, len(objs))
	for i, u := range objs {
		if v.Administers() || u.ID == v.ID {
			emails[i] = u.Email
		}
	}
	return emails, nil
}

// Posts is the batch resolver for the posts field.
func (r *userResolver) Posts(ctx context.Context, objs []*ent.User, first *int, after *string, last *int, before *string, filter *model.PostFilter, orderBy *model.PostOrder) ([]*model.PostConnection, error) {
	return postsOf(ctx, "User.posts", query.PostsOfAuthor, keys(objs, userKey),
		postArgs{pageArgs(first, after, last, before), filter, orderBy})
}

// Comments is the batch resolver for the comments field.
func (r *userResolver) Comments(ctx context.Context, objs []*ent.User, first *int, after *string, last *int, before *string, orderBy *model.CommentOrder) ([]*model.CommentConnection, error) {
	return commentsOf(ctx, "User.comments", query.CommentsOfAuthor, keys(objs, userKey), pageArgs(first, after, last, before), orderBy)
}

// User returns generated.UserResolver implementation.
func (r *Resolver) User() generated.UserResolver { return &userResolver{r} }

type userResolver struct{ *Resolver }
