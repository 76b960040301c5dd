package graph

import (
	"cmp"
	"context"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph/generated"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
)

// Scopes is the batch resolver for the scopes field.
func (r *accessTokenResolver) Scopes(ctx context.Context, objs []*ent.AccessToken) ([][]string, error) {
	scopes := make([][]string, len(objs))
	for i, t := range objs {
		scopes[i] = t.Scopes.Names()
	}
	return scopes, nil
}

// Actor is the batch resolver for the actor field.
func (r *auditEventResolver) Actor(ctx context.Context, objs []*ent.AuditEvent) ([]*ent.User, error) {
	return relatedIfAny(ctx, objs, query.Users, func(e *ent.AuditEvent) *typeid.User { return e.ActorID })
}

// User is the batch resolver for the user field.
func (r *auditEventResolver) User(ctx context.Context, objs []*ent.AuditEvent) ([]*ent.User, error) {
	return relatedIfAny(ctx, objs, query.Users, func(e *ent.AuditEvent) *typeid.User { return e.UserID })
}

// TotalCount is the batch resolver for the totalCount field.
func (r *auditEventConnectionResolver) TotalCount(ctx context.Context, objs []*model.AuditEventConnection) ([]int, error) {
	return totals(ctx, objs)
}

// SignUp is the resolver for the signUp field.
func (r *mutationResolver) SignUp(ctx context.Context, input model.SignUpInput) (*model.SignUpPayload, error) {
	grant, err := r.accounts.SignUp(ctx, account.NewAccount{
		Username: input.Username, Email: input.Email, Password: input.Password, Name: text(input.Name),
	})
	if err != nil {
		return nil, err
	}
	start(ctx, grant)
	return &model.SignUpPayload{
		AccessToken: grant.AccessToken, ExpiresAt: grant.ExpiresAt, RefreshToken: grant.RefreshToken, User: grant.User,
	}, nil
}

// SignIn is the resolver for the signIn field.
func (r *mutationResolver) SignIn(ctx context.Context, input model.SignInInput) (*model.SignInPayload, error) {
	grant, err := r.accounts.SignIn(ctx, input.Login, input.Password)
	if err != nil {
		return nil, err
	}
	start(ctx, grant)
	return &model.SignInPayload{
		AccessToken: grant.AccessToken, ExpiresAt: grant.ExpiresAt, RefreshToken: grant.RefreshToken, User: grant.User,
	}, nil
}

// RefreshToken is the resolver for the refreshToken field.
func (r *mutationResolver) RefreshToken(ctx context.Context, input model.RefreshTokenInput) (*model.RefreshTokenPayload, error) {
	grant, err := r.accounts.Refresh(ctx, cmp.Or(input.RefreshToken, auth.KeptRefreshToken(ctx)))
	if err != nil {
		return nil, err
	}
	start(ctx, grant)
	return &model.RefreshTokenPayload{
		AccessToken: grant.AccessToken, ExpiresAt: grant.ExpiresAt, RefreshToken: grant.RefreshToken, User: grant.User,
	}, nil
}

// SignOut is the resolver for the signOut field.
func (r *mutationResolver) SignOut(ctx context.Context, input model.SignOutInput) (*model.SignOutPayload, error) {
	ended, err := r.accounts.SignOut(ctx, isTrue(input.Everywhere))
	if err != nil {
		return nil, err
	}
	auth.DropSession(ctx)
	return &model.SignOutPayload{EndedSessions: ended}, nil
}

// RevokeSession is the resolver for the revokeSession field.
func (r *mutationResolver) RevokeSession(ctx context.Context, input model.RevokeSessionInput) (*model.RevokeSessionPayload, error) {
	id, err := inputID("input.id", input.ID.Session)
	if err != nil {
		return nil, err
	}
	if err := r.accounts.RevokeSession(ctx, id); err != nil {
		return nil, err
	}
	if id.UUID() == auth.FromContext(ctx).Credential {
		auth.DropSession(ctx)
	}
	return &model.RevokeSessionPayload{RevokedSessionID: input.ID}, nil
}

// ChangePassword is the resolver for the changePassword field.
func (r *mutationResolver) ChangePassword(ctx context.Context, input model.ChangePasswordInput) (*model.ChangePasswordPayload, error) {
	changed, err := r.accounts.ChangePassword(ctx, input.CurrentPassword, input.NewPassword)
	if err != nil {
		return nil, err
	}
	return &model.ChangePasswordPayload{User: changed}, nil
}

// UpdateProfile is the resolver for the updateProfile field.
func (r *mutationResolver) UpdateProfile(ctx context.Context, input model.UpdateProfileInput) (*model.UpdateProfilePayload, error) {
	changed, err := r.accounts.UpdateProfile(ctx, account.ProfileChange{
		Username: input.Username.Value(), Name: input.Name.Value(), Bio: input.Bio.Value(), AvatarURL: input.AvatarURL.Value(),
		Email: input.Email.Value(), Password: input.CurrentPassword.Value(),
		Expected: input.ExpectedUpdatedAt.Value(),
	})
	if err != nil {
		return nil, err
	}
	return &model.UpdateProfilePayload{User: changed}, nil
}

// DeleteAccount is the resolver for the deleteAccount field.
func (r *mutationResolver) DeleteAccount(ctx context.Context, input model.DeleteAccountInput) (*model.DeleteAccountPayload, error) {
	content := input.Content.Value()
	everything := content != nil && *content == model.AccountContentDelete
	deleted, err := r.accounts.Delete(ctx, input.CurrentPassword, everything)
	if err != nil {
		return nil, err
	}
	auth.DropSession(ctx)
	return &model.DeleteAccountPayload{DeletedUserID: deleted.Any()}, nil
}

// SetUserRole is the resolver for the setUserRole field.
func (r *mutationResolver) SetUserRole(ctx context.Context, input model.SetUserRoleInput) (*model.SetUserRolePayload, error) {
	id, err := inputID("input.userId", input.UserID.User)
	if err != nil {
		return nil, err
	}
	changed, err := r.accounts.SetRole(ctx, id, input.Role)
	if err != nil {
		return nil, err
	}
	return &model.SetUserRolePayload{User: changed}, nil
}

// CreateAccessToken is the resolver for the createAccessToken field.
func (r *mutationResolver) CreateAccessToken(ctx context.Context, input model.CreateAccessTokenInput) (*model.CreateAccessTokenPayload, error) {
	made, token, err := r.accounts.CreateToken(ctx, account.NewToken{
		Name: input.Name, Scopes: input.Scopes, ExpiresAt: input.ExpiresAt.Value(),
	})
	if err != nil {
		return nil, err
	}
	return &model.CreateAccessTokenPayload{Token: token, AccessToken: made}, nil
}

// RevokeAccessToken is the resolver for the revokeAccessToken field.
func (r *mutationResolver) RevokeAccessToken(ctx context.Context, input model.RevokeAccessTokenInput) (*model.RevokeAccessTokenPayload, error) {
	id, err := inputID("input.id", input.ID.Token)
	if err != nil {
		return nil, err
	}
	if err := r.accounts.RevokeToken(ctx, id); err != nil {
		return nil, err
	}
	return &model.RevokeAccessTokenPayload{RevokedAccessTokenID: input.ID}, nil
}

// AuditEvents is the resolver for the auditEvents field.
func (r *queryResolver) AuditEvents(ctx context.Context, first *int, after *string, last *int, before *string, userID *typeid.Any) (*model.AuditEventConnection, error) {
	of := page.List{Name: "Query.auditEvents"}
	var list query.AuditEventList
	if userID != nil {
		user, err := inputID("userId", userID.User)
		if err != nil {
			return nil, err
		}
		list.User, of.Parent = user, user.UUID()
	}
	p, err := pageArgs(first, after, last, before).Parse(of, query.AuditEventOrder())
	if err != nil {
		return nil, err
	}
	return atRoot(ctx, list, of, p, model.NewAuditEventConnection)
}

// UsedAt is the batch resolver for the usedAt field.
func (r *sessionResolver) UsedAt(ctx context.Context, objs []*ent.Session) ([]*time.Time, error) {
	times := make([]*time.Time, len(objs))
	for i, s := range objs {
		times[i] = new(s.ExpiresAt.Add(-refresh.Life))
	}
	return times, nil
}

// Current is the batch resolver for the current field.
func (r *sessionResolver) Current(ctx context.Context, objs []*ent.Session) ([]bool, error) {
	return flags(ctx, objs, func(v auth.Viewer, s *ent.Session) bool { return s.ID.UUID() == v.Credential })
}

// Sessions is the batch resolver for the sessions field.
func (r *userResolver) Sessions(ctx context.Context, objs []*ent.User) ([][]*ent.Session, error) {
	return own(ctx, objs, r.accounts.Sessions)
}

// AccessTokens is the batch resolver for the accessTokens field.
func (r *userResolver) AccessTokens(ctx context.Context, objs []*ent.User) ([][]*ent.AccessToken, error) {
	return own(ctx, objs, r.accounts.Tokens)
}

// AccessToken returns generated.AccessTokenResolver implementation.
func (r *Resolver) AccessToken() generated.AccessTokenResolver { return &accessTokenResolver{r} }

// AuditEvent returns generated.AuditEventResolver implementation.
func (r *Resolver) AuditEvent() generated.AuditEventResolver { return &auditEventResolver{r} }

// AuditEventConnection returns generated.AuditEventConnectionResolver implementation.
func (r *Resolver) AuditEventConnection() generated.AuditEventConnectionResolver {
	return &auditEventConnectionResolver{r}
}

// Session returns generated.SessionResolver implementation.
func (r *Resolver) Session() generated.SessionResolver { return &sessionResolver{r} }

type (
	accessTokenResolver          struct{ *Resolver }
	auditEventResolver           struct{ *Resolver }
	auditEventConnectionResolver struct{ *Resolver }
	sessionResolver              struct{ *Resolver }
)
