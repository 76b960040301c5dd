//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/document"
	way "github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/telemetry"
	weft "github.com/weftql/weft/server"
)

// BenchmarkOperations runs the operations through Weft's handler in process,
// on PostgreSQL, for the bytes and allocations that each takes. cpu-µs/op is
// the processor time of this process, which other work on the machine does not
// lengthen as it does the time.
//
// WEFT_BENCH_DATABASE_URL names a database that is filled already.
func BenchmarkOperations(b *testing.B) {
	db := filled(b)
	for _, executor := range []struct {
		name   string
		schema graphql.ExecutableSchema
	}{
		{"breadth-first", graph.NewSchema(content.New(db), nil, nil)},
		{"gqlgen", graph.NewStockSchema(content.New(db), nil, nil)},
	} {
		handler := newHandler(b, db, executor.schema)
		for _, op := range chosen(b, db) {
			b.Run(op.name+"/"+executor.name, func(b *testing.B) {
				body, err := json.Marshal(map[string]any{"query": op.document, "variables": op.variants[0].variables})
				if err != nil {
					b.Fatal(err)
				}
				ask(b, handler, op, body) // warm
				b.ReportAllocs()
				before := used(b)
				for b.Loop() {
					ask(b, handler, op, body)
				}
				b.ReportMetric(float64((used(b)-before).Nanoseconds())/float64(b.N)/1000, "cpu-µs/op")
			})
		}
	}
}

// filled returns a database with some users, posts and comments.
func filled(b *testing.B) *database.Database {
	b.Helper()
	if url := os.Getenv("WEFT_BENCH_DATABASE_URL"); url != "" {
		db, err := database.Open(b.Context(), database.Options{URL: url, MaxConns: connections})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() }) // nothing is under way
		return db
	}
	db := dbtest.Open(b, dbtest.Stores()[0])
	for _, store := range dbtest.Stores() {
		if db.Pool() == nil {
			db = dbtest.Open(b, store)
		}
	}
	small := size{users: 200, posts: 2_000, comments: 10_000}
	if _, err := db.Pool().Exec(b.Context(), small.rows()+"; ANALYZE"); err != nil {
		b.Fatal(err)
	}
	return db
}

// chosen are the operations with the ids of rows that exist.
func chosen(b *testing.B, db *database.Database) []operation {
	b.Helper()
	u, err := db.Client().User.Query().Order(ent.Desc("id")).First(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	p, err := db.Client().Post.Query().Order(ent.Desc("id")).First(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return operationsFor([]string{u.ID.String()}, []string{p.ID.String()}, []string{""})
}

func newHandler(b *testing.B, db *database.Database, schema graphql.ExecutableSchema) http.Handler {
	b.Helper()
	logger, err := telemetry.NewLogger(discard{}, telemetry.LogOptions{})
	if err != nil {
		b.Fatal(err)
	}
	documents, limits := document.NewCache(0), way.Limits{}
	handler, err := weft.New(weft.Options{
		Operations: way.Chain(
			way.Execute(way.ExecuteOptions{Schema: schema, Presenter: graph.Presenter(logger), Logger: logger}),
			document.Parse(documents, limits),
			document.Limit(limits),
			document.Validate(documents, schema.Schema(), document.Rules{}),
			document.Choose,
			document.Coerce(schema.Schema()),
			way.Explain(func(context.Context) bool { return false }, nil),
			graph.AdmitPasswords(nil),
			graph.Loaders(db, limits),
		),
		Authenticate: auth.Middleware(auth.Header{Find: content.New(db).FindViewer}),
		Ready:        db.Ping,
		Logger:       logger,
		Timeout:      30 * time.Second,
	})
	if err != nil {
		b.Fatal(err)
	}
	return handler
}

// discard takes what is written, as a file would: io.Discard would have the
// logger skip its work.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// sink is a response that nobody reads but for its status and first bytes.
type sink struct {
	header http.Header
	status int
	first  []byte
}

func (s *sink) Header() http.Header    { return s.header }
func (s *sink) WriteHeader(status int) { s.status = status }
func (s *sink) Write(p []byte) (int, error) {
	if s.first == nil {
		s.first = bytes.Clone(p[:min(len(p), 64)])
	}
	return len(p), nil
}

func ask(b *testing.B, handler http.Handler, op operation, body []byte) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://localhost/graphql", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.RemoteAddr = "127.0.0.1:1" // as a request that came over the network has
	r.Header["Content-Type"] = []string{"application/json"}
	r.Header["Accept"] = []string{"application/json"}
	if op.viewer != "" {
		r.Header["Weft-Viewer"] = []string{op.viewer}
	}
	w := &sink{header: http.Header{}}
	handler.ServeHTTP(w, r)
	if w.status != http.StatusOK || !bytes.HasPrefix(w.first, []byte(`{"data":`)) {
		b.Fatalf("status %d: %s", w.status, w.first)
	}
}

// used is the processor time of this process.
func used(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
