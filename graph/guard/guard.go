package guard

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/apperr"
)

// Guards are the directives' functions.
type Guards struct {
	// Confirm returns the viewer as the store knows them now, or
	// UNAUTHENTICATED. It is asked before each mutation; a query believes the
	// access token.
	Confirm func(ctx context.Context, v auth.Viewer) (auth.Viewer, error)
}

// Authenticated is @authenticated.
func (g Guards) Authenticated(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	ctx, _, err := g.viewer(ctx)
	if err != nil {
		return nil, err
	}
	return next(ctx)
}

// RequiresScopes is @requiresScopes.
func (g Guards) RequiresScopes(ctx context.Context, _ any, next graphql.Resolver, scopes [][]string) (any, error) {
	ctx, v, err := g.viewer(ctx)
	if err != nil {
		return nil, err
	}
	if !v.Scopes.Satisfies(scopes) {
		return nil, apperr.New(apperr.Forbidden, "this token lacks a scope: it needs %s", alternatives(scopes))
	}
	return next(ctx)
}

// HasRole is @hasRole.
func (g Guards) HasRole(ctx context.Context, _ any, next graphql.Resolver, role auth.Role) (any, error) {
	ctx, v, err := g.viewer(ctx)
	if err != nil {
		return nil, err
	}
	if !v.Role.AtLeast(role) {
		return nil, apperr.New(apperr.Forbidden, "this needs the role %s", role)
	}
	return next(ctx)
}

// viewer returns who asks, confirmed if what they ask for is a mutation.
func (g Guards) viewer(ctx context.Context) (context.Context, auth.Viewer, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, v, err
	}
	if field := graphql.GetFieldContext(ctx); field == nil || field.Object != "Mutation" {
		return ctx, v, nil
	}
	v, err = g.Confirm(ctx, v)
	if err != nil {
		return nil, v, err
	}
	return auth.NewContext(ctx, v), v, nil
}

func alternatives(scopes [][]string) string {
	all := make([]string, len(scopes))
	for i, names := range scopes {
		all[i] = strings.Join(names, " and ")
	}
	return strings.Join(all, ", or ")
}
