package oracletest

import (
	"context"
	"math/rand/v2"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// World decides what resolvers return that Fill made. Everything follows from Seed and from what a resolver is asked for, so that
// two executors which ask for the same get the same.
type World struct {
	Schema *ast.Schema
	// Types are the Go types of objects, to choose from where a resolver returns an interface.
	Types []reflect.Type
	Seed  uint64
	// Faults is how many of a thousand calls fail in some way.
	Faults int
}

type worldKey struct{}

// NewContext puts the world where resolvers find it.
func (w *World) NewContext(ctx context.Context) context.Context {
	return context.WithValue(ctx, worldKey{}, w)
}

func worldOf(ctx context.Context) *World {
	if w, ok := ctx.Value(worldKey{}).(*World); ok {
		return w
	}
	panic("oracletest: a resolver was called without World.NewContext")
}

// carriedKey is under what directives now and then put something into the context.
type carriedKey struct{}

// random are the decisions for one call, which depend on nothing but the parts.
func (w *World) random(parts ...any) *rand.Rand {
	d := newDigest()
	for _, part := range parts {
		d.add(reflect.ValueOf(part), 0)
	}
	return rand.New(rand.NewPCG(d.Sum64(), w.Seed))
}

// fault tells whether a call fails.
func (w *World) fault(r *rand.Rand) bool { return r.IntN(1000) < w.Faults }

// isRoot tells the objects that have no Go value.
func (w *World) isRoot(object string) bool {
	for _, root := range []*ast.Definition{w.Schema.Query, w.Schema.Mutation, w.Schema.Subscription} {
		if root != nil && root.Name == object {
			return true
		}
	}
	return false
}

// place is where a resolver is called, as far as both executors can tell: with the path, but for the root field of a subscription,
// which is in the path of an event only here.
func place(ctx context.Context) string {
	fc := graphql.GetFieldContext(ctx)
	path := fc.Path()
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		root := graphql.GetOperationContext(ctx).Operation.SelectionSet
		if f, ok := root[0].(*ast.Field); ok && len(path) > 0 && path[0] == ast.PathName(f.Alias) {
			path = path[1:]
		}
	}
	return path.String()
}
