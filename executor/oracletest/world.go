package oracletest

import (
	"context"
	"math/rand/v2"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// World decides what the resolvers that Fill made return. Everything follows from Seed and from what a resolver is asked for, so that two
// executors which ask the same get the same.
type World struct {
	Schema *ast.Schema
	// Types are the Go types of objects, to choose from if a resolver returns an interface.
	Types []reflect.Type
	Seed  uint64
	// Faults is how many calls out of a thousand fail in some way.
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

// carriedKey is the key under which directives sometimes put something into the context.
type carriedKey struct{}

// random returns the decisions for one call, which depend only on the parts.
func (w *World) random(parts ...any) *rand.Rand {
	d := newDigest()
	for _, part := range parts {
		d.add(reflect.ValueOf(part), 0)
	}
	return rand.New(rand.NewPCG(d.Sum64(), w.Seed))
}

// fault reports whether a call fails.
func (w *World) fault(r *rand.Rand) bool { return r.IntN(1000) < w.Faults }

// isRoot reports whether an object has no Go value.
func (w *World) isRoot(object string) bool {
	for _, root := range []*ast.Definition{w.Schema.Query, w.Schema.Mutation, w.Schema.Subscription} {
		if root != nil && root.Name == object {
			return true
		}
	}
	return false
}

// place is where a resolver is called, as far as it is the same for both executors: it is the path, but without the root field of a
// subscription, which only this executor has in the path of an event.
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
