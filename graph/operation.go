package graph

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/query"
)

// shared is the context of one operation, with what its resolvers share.
type shared struct {
	context.Context
	loaders *loader.Loaders

	maxObjects int64
	objects    atomic.Int64
	stop       context.CancelCauseFunc

	rendering     sync.Mutex // held while one body is rendered: see renderOnce
	rendered      map[source]string
	renderedBytes int

	mu   sync.Mutex
	told map[any]bool // see firstOf
}

type sharedKey struct{}

// Value implements context.Context.
func (s *shared) Value(key any) any {
	if key == (sharedKey{}) {
		return s
	}
	if v := s.loaders.Value(key); v != nil {
		return v
	}
	return s.Context.Value(key)
}

// Loaders is the step that gives each operation its loaders, for the viewer in
// its context, and bounds the objects of its answer. Loaders remember, so each
// root field of a mutation has its own, for what one field changed the next
// must read anew; and so has each event of a subscription.
func Loaders(db query.Database, limits operation.Limits) operation.Step {
	maxObjects := int64(limits.WithDefaults().Objects)
	loaders := func(ctx context.Context, op *operation.Operation) *loader.Loaders {
		l := loader.New(query.New(db, auth.FromContext(ctx)).Noting(op.Depends))
		if rows, ok := op.Rows.(loader.Rows); ok {
			l = l.Keeping(rows)
		}
		if op.Statements.Keep {
			l = l.Placing(op.Statements.Place)
		}
		return l
	}
	return func(next operation.Handler) operation.Handler {
		return func(ctx context.Context, op *operation.Operation, send operation.Send) {
			share := func(ctx context.Context) context.Context {
				return &shared{Context: ctx, loaders: loaders(ctx, op), maxObjects: maxObjects, stop: op.Stop}
			}
			switch {
			case op.Type() == ast.Subscription:
				op.Prepare = share
			case op.Type() == ast.Mutation && isOneField(op.Definition.SelectionSet):
				ctx = ownViewer(ctx)
			case op.Type() == ast.Mutation:
				op.RootFields = func(ctx context.Context, resolve graphql.RootResolver) graphql.Marshaler {
					ctx = ownViewer(ctx)
					return resolve(loader.NewContext(ctx, loaders(ctx, op)))
				}
			}
			next(share(ctx), op, send)
		}
	}
}

// ownViewer returns the context of one field of a mutation, in which another
// viewer may ask from some point on: see auth.Become.
func ownViewer(ctx context.Context) context.Context {
	return auth.NewContext(ctx, auth.FromContext(ctx))
}

func isOneField(set ast.SelectionSet) bool {
	if len(set) != 1 {
		return false
	}
	_, ok := set[0].(*ast.Field)
	return ok
}

// count adds objects to the answer, and stops the operation when they are too
// many. Document limits cannot bound them: each list within a list multiplies
// them by up to a hundred.
func count(ctx context.Context, objects int) bool {
	own, _ := ctx.Value(sharedKey{}).(*shared)
	if own == nil || own.maxObjects < 0 || own.objects.Add(int64(objects)) <= own.maxObjects {
		return true
	}
	own.tooLarge()
	return false
}

// countRows is count for the rows in lists.
func countRows[T any](ctx context.Context, lists []loader.Slice[T]) bool {
	objects := 0
	for _, l := range lists {
		objects += len(l.Rows)
	}
	return count(ctx, objects)
}

// maxAhead is how many times the objects that an answer may hold are read, at
// most, for one level of it, before it is known how long its lists are.
const maxAhead = 4

// afford stops the operation rather than read a list of a size for each of so
// many parents.
func afford(ctx context.Context, parents, size int) bool {
	own, _ := ctx.Value(sharedKey{}).(*shared)
	if own == nil || own.maxObjects < 0 || int64(parents)*int64(size) <= maxAhead*own.maxObjects {
		return true
	}
	own.tooLarge()
	return false
}

func (s *shared) tooLarge() {
	s.stop(apperr.New(apperr.CostLimitExceeded,
		"object limit: the answer would hold more than %d objects; ask for fewer in each list with `first`, or for fewer lists within lists", s.maxObjects))
}

// stopped are n empty objects for an operation that has been stopped, whose
// answer is one error: an error for each of them would only be work.
func stopped[T any](n int) []*T { return slices.Repeat([]*T{new(T)}, n) }

// maxTold bounds the causes that one operation writes into the log, and the
// inputs whose faults it lists.
const maxTold = 20

// firstOf reports whether a cause was not told for this operation yet: the
// failure of one statement, and what is wrong with one input, is the error of
// each object that waited for it.
func firstOf(ctx context.Context, cause any) bool {
	own, _ := ctx.Value(sharedKey{}).(*shared)
	if own == nil {
		return true
	}
	own.mu.Lock()
	defer own.mu.Unlock()
	if own.told[cause] || len(own.told) == maxTold {
		return false
	}
	if own.told == nil {
		own.told = map[any]bool{}
	}
	own.told[cause] = true
	return true
}
