package oteltrace_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/oracletest"
	"github.com/weftql/weft/executor/oteltrace"
)

// traced runs a query below a span, and returns the ended spans, each with its
// parent's name and its attributes.
func traced(t *testing.T, sampler trace.Sampler, query string) []string {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(recorder), trace.WithSampler(sampler))
	es := generated.NewBreadthFirstSchema(testschema.NewConfig(), executor.WithObserver(oteltrace.New(provider)))
	ctx, around := provider.Tracer("test").Start(context.Background(), "request")
	oracletest.Run(testschema.NewContext(ctx, testschema.Scenario{Seed: 1}), es, oracletest.Operation{Query: query})
	around.End()
	names := map[string]string{}
	for _, s := range recorder.Ended() {
		names[s.SpanContext().SpanID().String()] = s.Name()
	}
	var spans []string
	for _, s := range recorder.Ended() {
		var attributes []string
		for _, a := range s.Attributes() {
			attributes = append(attributes, fmt.Sprintf("%s=%s", strings.TrimPrefix(string(a.Key), "graphql."), a.Value.String()))
		}
		for _, e := range s.Events() {
			attributes = append(attributes, e.Name+": "+e.Attributes[0].Value.AsString())
		}
		if s.EndTime().Before(s.StartTime()) {
			t.Errorf("%s ends before it starts", s.Name())
		}
		spans = append(spans, strings.Join(append([]string{names[s.Parent().SpanID().String()], ">", s.Name()}, attributes...), " "))
	}
	slices.Sort(spans)
	return spans
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][]string{
		`query Users { all: users(first: 2) { id posts(first: 2) { id } } }`: {
			" > request",
			"query Users > Query.users field.name=users field.parent_type=Query field.level=0 field.parents=1 field.objects=2 field.alias=all",
			"query Users > User.posts field.name=posts field.parent_type=User field.level=1 field.parents=2 field.objects=4",
			"request > query Users operation.type=query operation.name=Users",
		},
		`{ __schema { queryType { name } } }`: {" > request left to gqlgen's executor: introspection"},
	} {
		if got := traced(t, trace.AlwaysSample(), query); !slices.Equal(got, want) {
			t.Errorf("%s\ngot\n%s\nwant\n%s", query, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if got := traced(t, trace.NeverSample(), `{ users(first: 2) { id } }`); len(got) > 0 {
		t.Errorf("without a sample there are spans: %v", got)
	}
}
