// Package oteltrace shows what the executor does as OpenTelemetry spans: one
// for the operation, and below it one for each field that is resolved, once for
// all objects of its level.
//
//	schema := generated.NewBreadthFirstSchema(config, executor.WithObserver(oteltrace.New(otel.GetTracerProvider())))
//
// The span of an operation gets its name and attributes from the semantic
// conventions for GraphQL servers (graphql.operation.name,
// graphql.operation.type). The document is not among them, because it may
// contain what a client typed. The span of a field has the field's coordinate
// as its name, such as "Post.author", and says how many objects had the field
// and how many it returned. An operation that is left to gqlgen's executor adds
// an event, with the reason, to the span around it.
//
// Errors of fields are part of the answer and not failures of the server: the
// span says how many objects have no value because of them, and its status
// stays unset.
package oteltrace

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/weftql/weft/executor"
)

// name is the name of the instrumentation.
const name = "github.com/weftql/weft/executor/oteltrace"

// The attributes of a field's span.
const (
	fieldName = attribute.Key("graphql.field.name")
	alias     = attribute.Key("graphql.field.alias")
	parent    = attribute.Key("graphql.field.parent_type")
	level     = attribute.Key("graphql.field.level")   // how many resolvers are above it
	parents   = attribute.Key("graphql.field.parents") // objects that have the field
	objects   = attribute.Key("graphql.field.objects") // objects that it returned
	failed    = attribute.Key("graphql.field.failed")  // parents that have no value because of an error
)

// New returns an observer that makes spans with a provider. If the provider's
// sampler drops an operation's span, the operation is not traced.
func New(provider trace.TracerProvider) executor.Observer {
	return observer{provider.Tracer(name)}
}

type observer struct{ tracer trace.Tracer }

// Begin implements executor.Observer.
func (o observer) Begin(ctx context.Context, op *graphql.OperationContext) executor.Trace {
	title := ""
	attributes := make([]attribute.KeyValue, 0, 2)
	if op.Operation != nil {
		title = string(op.Operation.Operation)
		attributes = append(attributes, attribute.String("graphql.operation.type", title))
		if op.Operation.Name != "" {
			title += " " + op.Operation.Name
			attributes = append(attributes, attribute.String("graphql.operation.name", op.Operation.Name))
		}
	}
	ctx, span := o.tracer.Start(ctx, strings.TrimSpace(title), trace.WithAttributes(attributes...))
	if !span.IsRecording() {
		span.End()
		return nil
	}
	return &execution{ctx, span, o.tracer}
}

// Left implements executor.Observer.
func (o observer) Left(ctx context.Context, _ *graphql.OperationContext, reason string) {
	trace.SpanFromContext(ctx).AddEvent("left to gqlgen's executor", trace.WithAttributes(attribute.String("reason", reason)))
}

// execution is the trace of one execution.
type execution struct {
	ctx    context.Context //nolint:containedctx // it carries the span, for those below it
	span   trace.Span
	tracer trace.Tracer
}

// Field implements executor.Trace. A field that is read from its objects takes
// no time of its own, so it has no span.
func (e *execution) Field(s executor.FieldStats) {
	if s.Start.IsZero() {
		return
	}
	attributes := []attribute.KeyValue{
		fieldName.String(s.Field.Name()), parent.String(s.Object),
		level.Int(s.Level), parents.Int(s.Parents), objects.Int(s.Objects),
	}
	if a := s.Field.Alias(); a != s.Field.Name() {
		attributes = append(attributes, alias.String(a))
	}
	if s.Failed > 0 {
		attributes = append(attributes, failed.Int(s.Failed))
	}
	_, span := e.tracer.Start(e.ctx, s.Object+"."+s.Field.Name(), trace.WithTimestamp(s.Start), trace.WithAttributes(attributes...))
	span.End(trace.WithTimestamp(s.Start.Add(s.Duration)))
}

// End implements executor.Trace.
func (e *execution) End() { e.span.End() }
