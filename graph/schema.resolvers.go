package graph

import (
	"context"
	"fmt"

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

// Node is the resolver for the node field.
func (r *queryResolver) Node(ctx context.Context, id typeid.Any) (model.Node, error) {
	return only(nodes(ctx, []*typeid.Any{&id}, func(int) string { return "id" }))
}

// Nodes is the resolver for the nodes field.
func (r *queryResolver) Nodes(ctx context.Context, ids []*typeid.Any) ([]model.Node, error) {
	if len(ids) > page.MaxSize {
		return nil, apperr.BadInput("ids", "takes at most %d ids, not %d", page.MaxSize, len(ids))
	}
	return nodes(ctx, ids, func(i int) string { return fmt.Sprintf("ids.%d", i) })
}

// Viewer is the resolver for the viewer field.
func (r *queryResolver) Viewer(ctx context.Context) (*ent.User, error) {
	v := auth.FromContext(ctx)
	if v.Anonymous() {
		return nil, nil
	}
	return only(loader.ByID(ctx, query.Users, []query.Key{query.Key(v.ID.ID)}, selected(ctx, query.Users)))
}

// Mutation returns generated.MutationResolver implementation.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

// Query returns generated.QueryResolver implementation.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

type (
	mutationResolver struct{ *Resolver }
	queryResolver    struct{ *Resolver }
)
