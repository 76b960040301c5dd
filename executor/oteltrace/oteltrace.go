// Package oteltrace shows what the executor does as spans of OpenTelemetry: one
// of the operation, and below it one of each field that is resolved, once for all
// objects of its level.
//
//	schema := generated.NewBreadthFirstSchema(config, executor.WithObserver(oteltrace.New(otel.GetTracerProvider())))
//
// The span of an operation is named and has attributes after the semantic
// conventions for GraphQL servers (graphql.operation.name, graphql.operation.type);
// the document is not among them, for it may hold what a client typed. The span
// of a field is named by its coordinate, "Post.author", and says how many objects
// had the field and how many it gave. An operation that is left to gqlgen's
// executor has an event in the span that is around it, with the reason.
//
// Errors of fields belong to the answer and are no fault of the server: the span
// says how many objects have no value for them, and its status stays unset.
package oteltrace

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/weftql/weft/executor"
)

// name is that of the instrumentation.
const name = "github.com/weftql/weft/executor/oteltrace"

// Attributes of the span of a field, beside graphql.field.name.
const (
	fieldName = attribute.Key("graphql.field.name")
	alias     = attribute.Key("graphql.field.alias")
	parent    = attribute.Key("graphql.field.parent_type")
	level     = attribute.Key("graphql.field.level")   // how many resolvers are above it
	parents   = attribute.Key("graphql.field.parents") // objects that have the field
	objects   = attribute.Key("graphql.field.objects") // objects that it gave
	failed    = attribute.Key("graphql.field.failed")  // parents that have no value because of an error
)

// New returns an observer that makes spans by a provider. Where the span around
// an operation is not recorded, nothing is made.
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
// no time of its own, and has no span.
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
