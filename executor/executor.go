package executor

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/binding"
	"github.com/weftql/weft/executor/internal/rounds"
)

// DefaultPlans is how many compiled plans are kept without WithPlans. A plan takes some kilobytes.
const DefaultPlans = 1000

// Option changes a default of New.
type Option func(*schema)

// WithPlans sets how many compiled plans are kept. An operation has one plan for each combination of its @skip and @include variables. With
// 0 none are kept.
func WithPlans(n int) Option {
	return func(s *schema) { s.plans = newPlanCache(n) }
}

// DefaultPatience is how long batches wait, without WithPatience, for a resolver that is busy with something else.
const DefaultPatience = rounds.DefaultPatience

// WithPatience sets how long the batches of a level wait for resolvers that are at work. The time starts again whenever one of them asks,
// waits or returns, so it matters only while all of them are busy with something else: a request to another server, a lock, or something
// that another resolver of the level must deliver first. The batches then run without what those resolvers will still ask for. For a
// running batch the others wait a hundred times as long.
func WithPatience(d time.Duration) Option {
	return func(s *schema) { s.patience = d }
}

// New executes the operations of es breadth-first. Generated code calls it, in NewBreadthFirstSchema. bindings and es must come from the
// same generated package; otherwise es executes all operations.
//
// es also executes introspection, @defer, operations with custom executable directives, operations under field interceptors (AroundFields),
// and operations with fields that use federation's computed @requires.
//
// New panics if the bindings lack a field of the schema: gqlgen's code was generated again and the bindings were not.
func New(es graphql.ExecutableSchema, bindings *binding.Schema, opts ...Option) graphql.ExecutableSchema {
	if !bindings.Owns(es) {
		return es
	}
	if missing := missingField(es.Schema(), bindings); missing != "" {
		panic("executor: the generated bindings lack " + missing + ": gqlgen's code was generated without the plugin; generate with plugin.Generate")
	}
	s := &schema{ExecutableSchema: es, bindings: bindings, plans: newPlanCache(DefaultPlans), maxBytes: -1, maxErrors: -1}
	stock, _ := gqlexecutor.New(es).CreateOperationContext(graphql.StartOperationTrace(context.Background()), &graphql.RawParams{})
	s.noFieldMiddleware = codeOf(stock.ResolverMiddleware)
	s.noRootMiddleware = codeOf(stock.RootResolverMiddleware)
	for _, opt := range opts {
		opt(s)
	}
	if events, ok := es.(graphql.ExecutableSchemaWithEventContext); ok {
		return &eventSchema{schema: s, events: events}
	}
	return s
}

// schema is the breadth-first graphql.ExecutableSchema.
type schema struct {
	graphql.ExecutableSchema
	bindings *binding.Schema
	plans    *planCache
	// The limits of an answer; negative means no limit.
	maxBytes, maxErrors int
	observer            Observer // nil if there is none
	// patience is 0 for the default.
	patience time.Duration
	// The code of the middleware that gqlgen installs when there are no interceptors.
	noFieldMiddleware, noRootMiddleware uintptr
}

// eventSchema is a schema with subscriptions that carry a context with each event; gqlgen's executor runs these.
type eventSchema struct {
	*schema
	events graphql.ExecutableSchemaWithEventContext
}

// ExecWithEventContext implements graphql.ExecutableSchemaWithEventContext.
func (s *eventSchema) ExecWithEventContext(ctx context.Context) graphql.ResponseHandlerWithContext {
	s.left(ctx, graphql.GetOperationContext(ctx), "a subscription with a context for each event")
	return s.events.ExecWithEventContext(ctx)
}

// Exec implements graphql.ExecutableSchema.
func (s *schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if codeOf(op.ResolverMiddleware) != s.noFieldMiddleware {
		s.left(ctx, op, "field interceptors (AroundFields)")
		return s.ExecutableSchema.Exec(ctx)
	}
	p := s.plan(op)
	if p.foreign != "" {
		s.left(ctx, op, p.foreign)
		return s.ExecutableSchema.Exec(ctx)
	}
	if op.Operation.Operation == ast.Subscription {
		return s.subscribe(ctx, op, p)
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		x := newExecution(ctx, s, op, p)
		if x.trace != nil {
			defer x.trace.End()
		}
		return &graphql.Response{Data: x.data()}
	}
}

// codeOf identifies a function by its code: functions cannot be compared.
func codeOf(fn any) uintptr {
	v := reflect.ValueOf(fn)
	if v.IsNil() {
		return 0
	}
	return v.Pointer()
}

// missingField names a field that the bindings lack, or "" if they have all.
func missingField(schema *ast.Schema, bindings *binding.Schema) string {
	for name, def := range schema.Types {
		if def.Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") || bindings.Foreign[name+"."+f.Name] {
				continue
			}
			if o := bindings.Objects[name]; o == nil || o.Fields[f.Name] == nil {
				return name + "." + f.Name
			}
		}
	}
	return ""
}
