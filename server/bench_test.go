package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/server"
)

// cannedSchema answers every operation with the same data, so that the
// benchmark measures everything except execution.
type cannedSchema struct {
	*testSchema
	data []byte
}

func (s cannedSchema) Exec(context.Context) graphql.ResponseHandler {
	return graphql.OneShot(&graphql.Response{Data: s.data})
}

// discard is a client that reads nothing.
type discard struct {
	header http.Header
	bytes  int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(p []byte) (int, error) { d.bytes += len(p); return len(p), nil }

// BenchmarkHandler compares a whole server, including middleware and access
// log, with gqlgen's stock POST transport alone.
func BenchmarkHandler(b *testing.B) {
	const body = `{"query":"query Posts($n: Int!) { text(bytes: $n) }","operationName":"Posts","variables":{"n":20}}`
	for _, size := range []int{2 << 10, 100 << 10} {
		item := `{"id":"post_01h455vb4pex5vsknk084sn02q","title":"A title of some length","score":12}`
		list := strings.Repeat(item+",", size/len(item)) + item
		schema := cannedSchema{newSchema(b), []byte(`{"posts":[` + list + `]}`)}

		exec := executor.New(schema)
		exec.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
		stock := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			transport.POST{}.Do(w, r.WithContext(graphql.StartOperationTrace(r.Context())), exec)
		})

		c := config{
			Options: server.Options{Logger: slog.New(slog.DiscardHandler)},
			explain: func(context.Context) bool { return false },
			prepare: func(ctx context.Context) context.Context { return ctx },
			execute: operation.ExecuteOptions{Schema: schema},
		}
		c.Operations = c.operations()
		own, err := server.New(c.Options)
		if err != nil {
			b.Fatal(err)
		}
		for _, bench := range []struct {
			name    string
			handler http.Handler
		}{{"gqlgen", stock}, {"weft", own}} {
			b.Run(fmt.Sprintf("%dKB/%s", size>>10, bench.name), func(b *testing.B) {
				reader := strings.NewReader(body)
				request := httptest.NewRequest(http.MethodPost, "/graphql", reader)
				request.Header.Set("Content-Type", "application/json")
				request.ContentLength = int64(len(body))
				w := &discard{header: http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					reader.Reset(body)
					request.Body = io.NopCloser(reader)
					clear(w.header)
					w.bytes = 0
					bench.handler.ServeHTTP(w, request)
				}
				if w.bytes < size {
					b.Fatalf("answered %d bytes", w.bytes)
				}
			})
		}
	}
}
