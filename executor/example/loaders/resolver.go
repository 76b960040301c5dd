// Package loaders is a typical gqlgen server: its resolvers take single objects, each with a loader of graph-gophers/dataloader v7. Two
// lines give it breadth-first execution and loaders without a clock: generated.NewBreadthFirstSchema in NewSchema, and dataloader.New in
// NewLoaders. The resolvers stay as they are.
package loaders

import (
	"context"

	v7 "github.com/graph-gophers/dataloader/v7"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor/dataloader"
	"github.com/weftql/weft/executor/example/loaders/atlas"
	"github.com/weftql/weft/executor/example/loaders/generated"
)

//go:generate go run ./generate

// NewSchema has the first of the two lines.
func NewSchema() graphql.ExecutableSchema {
	return generated.NewBreadthFirstSchema(Config()) // was NewExecutableSchema
}

// Config is what gqlgen makes the schema from.
func Config() generated.Config { return generated.Config{Resolvers: resolver{}} }

// Loaders are the loaders of one operation.
type Loaders struct {
	Cities     v7.Interface[int, *atlas.City]
	Countries  v7.Interface[int, *atlas.Country]
	Currencies v7.Interface[int, *atlas.Currency]
}

// NewLoaders makes the loaders of one operation. query is called for each batch; in a real server each batch is a statement.
func NewLoaders(query func(table string, keys int)) *Loaders {
	return &Loaders{
		Cities:     dataloader.New(Batch("cities", atlas.CityByID, query)), // was v7.NewBatchedLoader, and so below
		Countries:  dataloader.New(Batch("countries", atlas.CountryByID, query)),
		Currencies: dataloader.New(Batch("currencies", atlas.CurrencyByID, query)),
	}
}

// Batch returns a batch function.
func Batch[V any](table string, find func(id int) V, query func(table string, keys int)) v7.BatchFunc[int, V] {
	return func(_ context.Context, ids []int) []*v7.Result[V] {
		query(table, len(ids))
		results := make([]*v7.Result[V], len(ids))
		for i, id := range ids {
			results[i] = &v7.Result[V]{Data: find(id)}
		}
		return results
	}
}

type contextKey struct{}

// NewContext puts the loaders where resolvers find them. A server calls it for each operation.
func NewContext(ctx context.Context, l *Loaders) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

func from(ctx context.Context) *Loaders { return ctx.Value(contextKey{}).(*Loaders) }

type resolver struct{}

type (
	queryResolver   struct{}
	shopResolver    struct{}
	cityResolver    struct{}
	countryResolver struct{}
)

// Query implements generated.ResolverRoot.
func (resolver) Query() generated.QueryResolver { return queryResolver{} }

// Shop implements generated.ResolverRoot.
func (resolver) Shop() generated.ShopResolver { return shopResolver{} }

// City implements generated.ResolverRoot.
func (resolver) City() generated.CityResolver { return cityResolver{} }

// Country implements generated.ResolverRoot.
func (resolver) Country() generated.CountryResolver { return countryResolver{} }

func (queryResolver) Shops(_ context.Context, first int) ([]*atlas.Shop, error) {
	return atlas.Shops(min(max(first, 0), 1000)), nil
}

func (shopResolver) City(ctx context.Context, obj *atlas.Shop) (*atlas.City, error) {
	return from(ctx).Cities.Load(ctx, obj.CityID)()
}

func (cityResolver) Country(ctx context.Context, obj *atlas.City) (*atlas.Country, error) {
	return from(ctx).Countries.Load(ctx, obj.CountryID)()
}

func (countryResolver) Currency(ctx context.Context, obj *atlas.Country) (*atlas.Currency, error) {
	return from(ctx).Currencies.Load(ctx, obj.CurrencyID)()
}
