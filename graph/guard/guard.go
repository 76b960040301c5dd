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

	// Confirmed is Confirm for a mutation that is one transaction, which may be
	// asked in its course: if the store knows the viewer otherwise than run was
	// told, nothing is changed and run is called again.
	Confirmed func(ctx context.Context, v auth.Viewer, run func(context.Context, auth.Viewer) (any, error)) (any, error)
}

// Authenticated is @authenticated.
func (g Guards) Authenticated(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	return g.as(ctx, next, func(auth.Viewer) error { return nil })
}

// RequiresScopes is @requiresScopes.
func (g Guards) RequiresScopes(ctx context.Context, _ any, next graphql.Resolver, scopes [][]string) (any, error) {
	return g.as(ctx, next, func(v auth.Viewer) error {
		if !v.Scopes.Satisfies(scopes) {
			return apperr.New(apperr.Forbidden, "this token lacks a scope: it needs %s", alternatives(scopes))
		}
		return nil
	})
}

// HasRole is @hasRole.
func (g Guards) HasRole(ctx context.Context, _ any, next graphql.Resolver, role auth.Role) (any, error) {
	return g.as(ctx, next, func(v auth.Viewer) error {
		if !v.Role.AtLeast(role) {
			return apperr.New(apperr.Forbidden, "this needs the role %s", role)
		}
		return nil
	})
}

// as calls next as who asks, if they are allowed it, confirmed if what they ask
// for is a mutation.
func (g Guards) as(ctx context.Context, next graphql.Resolver, allow func(auth.Viewer) error) (any, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	run := func(ctx context.Context, v auth.Viewer) (any, error) {
		if err := allow(v); err != nil {
			return nil, err
		}
		return next(auth.NewContext(ctx, v))
	}
	field := graphql.GetFieldContext(ctx)
	switch {
	case field == nil || field.Object != "Mutation":
		if err := allow(v); err != nil {
			return nil, err
		}
		return next(ctx)
	case field.Field.Definition.Directives.ForName("idempotent") != nil && allow(v) == nil:
		return g.Confirmed(ctx, v, run)
	}
	if v, err = g.Confirm(ctx, v); err != nil {
		return nil, err
	}
	return run(ctx, v)
}

func alternatives(scopes [][]string) string {
	all := make([]string, len(scopes))
	for i, names := range scopes {
		all[i] = strings.Join(names, " and ")
	}
	return strings.Join(all, ", or ")
}
