// Package graphtest runs the whole server in process for tests: the product's
// schema, its HTTP transport and a database of either store. A test posts
// operations as a client would and reads what a client would.
package graphtest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/answer"
	"github.com/weftql/weft/internal/consistency"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/document"
	"github.com/weftql/weft/internal/idempotency"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/persisted"
	"github.com/weftql/weft/server"
)

// Server is a running server.
type Server struct {
	URL string
	DB  *database.Database
	// Accounts are those of the server.
	Accounts *account.Accounts
	// Log holds what the server logged so far, as JSON lines.
	Log *Log
}

// Option changes how the server runs.
type Option func(*options)

type options struct {
	schema func(*content.Content, *account.Accounts, *idempotency.Store) graphql.ExecutableSchema
	server func(*server.Options)
	limits operation.Limits
	cost   password.Params
	caches func(*ast.Schema) *answer.Answers
	rows   operation.Step
}

// WithRows puts a cache of rows into the server.
func WithRows(step operation.Step) Option { return func(o *options) { o.rows = step } }

// WithAnswers puts a cache of answers into the server.
func WithAnswers(caches func(*ast.Schema) *answer.Answers) Option {
	return func(o *options) { o.caches = caches }
}

// WithSchema makes the server run another schema than graph.NewSchema's.
func WithSchema(schema func(*content.Content, *account.Accounts, *idempotency.Store) graphql.ExecutableSchema) Option {
	return func(o *options) { o.schema = schema }
}

// WithOptions changes the options of the HTTP server.
func WithOptions(change func(*server.Options)) Option {
	return func(o *options) { o.server = change }
}

// WithLimits changes the limits of operations.
func WithLimits(limits operation.Limits) Option {
	return func(o *options) { o.limits = limits }
}

// WithPasswordCost makes hashing a password cost KiB of memory and passes over
// it, instead of next to nothing.
func WithPasswordCost(memory, time uint32) Option {
	return func(o *options) { o.cost = password.Params{Memory: memory, Time: time, Threads: 1} }
}

// Start serves db until t ends, breadth-first unless Stock says otherwise. Who asks is said by the header Weft-Viewer;
// everybody may ask for GraphQL-Explain.
func Start(t testing.TB, db *database.Database, opts ...Option) *Server {
	t.Helper()
	o := options{
		schema: newSchema(t),
		server: func(*server.Options) {},
		cost:   cheap(),
	}
	for _, opt := range opts {
		opt(&o)
	}
	log := &Log{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	c := content.New(db)
	i := newIdentity(t, db, o.cost)
	schema := o.schema(c, i.accounts, idempotency.New(db, nil))
	pass := func(next operation.Handler) operation.Handler { return next }
	find, serve := operation.Step(pass), operation.Step(pass)
	if o.rows == nil {
		o.rows = pass
	}
	if o.caches != nil {
		kept := o.caches(schema.Schema())
		find, serve = kept.Find, kept.Serve
	}
	config := server.Options{
		Operations:   operations(schema, db, i.accounts, o.limits, logger, find, serve, o.rows),
		Schema:       schema.Schema(),
		Authenticate: auth.Middleware(auth.AnyOf{i.bearer, auth.Header{Find: c.FindViewer}}),
		Ready:        db.Ready,
		Logger:       logger,
		Limits:       o.limits,
	}
	o.server(&config)
	handler, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(handler)
	t.Cleanup(listening.Close)
	return &Server{URL: listening.URL, DB: db, Accounts: i.accounts, Log: log}
}

// operations are the steps of the product, with everything allowed.
func operations(schema graphql.ExecutableSchema, db *database.Database, accounts *account.Accounts, limits operation.Limits, logger *slog.Logger, find, serve, rows operation.Step) operation.Handler {
	documents := document.NewCache(0)
	return operation.Chain(
		operation.Execute(operation.ExecuteOptions{
			Schema: schema, Presenter: graph.Presenter(logger), Logger: logger, Introspection: true, Bytes: limits.Bytes,
		}),
		operation.Identify(caller),
		persisted.New(persisted.Options{}).Find,
		document.Parse(documents, limits),
		document.Limit(limits),
		document.Validate(documents, schema.Schema(), document.Rules{Introspection: true, Suggestions: true}),
		document.Choose,
		document.Coerce(schema.Schema()),
		operation.Explain(func(context.Context) bool { return true }, nil),
		consistency.Step(consistency.NewTokens(func() [][]byte { return [][]byte{[]byte("a secret of the tests")} })),
		find,
		serve,
		idempotency.Step,
		graph.AdmitPasswords(accounts),
		rows,
		graph.Loaders(db, limits),
	)
}

func caller(ctx context.Context) operation.Caller {
	return operation.Caller{User: auth.FromContext(ctx).ID.ID}
}

// Stock reports whether the tests run on gqlgen's own executor, as they do
// with WEFT_TEST_EXECUTOR=gqlgen.
func Stock() bool { return os.Getenv("WEFT_TEST_EXECUTOR") == "gqlgen" }

func newSchema(t testing.TB) func(*content.Content, *account.Accounts, *idempotency.Store) graphql.ExecutableSchema {
	t.Helper()
	if Stock() {
		return graph.NewStockSchema
	}
	return BreadthFirst
}

// BreadthFirst is graph.NewSchema with its defaults, for WithSchema.
func BreadthFirst(c *content.Content, a *account.Accounts, keys *idempotency.Store) graphql.ExecutableSchema {
	return graph.NewSchema(c, a, keys)
}

// Answer is what a client gets back.
type Answer struct {
	Data       json.RawMessage `json:"data"`
	Errors     []Error         `json:"errors"`
	Extensions struct {
		Explain struct {
			Count      int         `json:"count"`
			Statements []Statement `json:"statements"`
			Rows       []struct {
				Loader string `json:"loader"`
				Keys   int    `json:"keys"`
				Hits   int    `json:"hits"`
				Shared int    `json:"shared"`
			} `json:"rows"`
		} `json:"explain"`
	} `json:"extensions"`

	Status int         `json:"-"`
	Header http.Header `json:"-"`
	Body   []byte      `json:"-"`
}

// Error is one error of an answer.
type Error struct {
	Message    string `json:"message"`
	Path       []any  `json:"path"`
	Extensions struct {
		Code      string `json:"code"`
		RequestID string `json:"requestId"`
		Fields    []struct {
			Path    string `json:"path"`
			Message string `json:"message"`
		} `json:"fields"`
		Current *struct {
			ID        string  `json:"id"`
			UpdatedAt string  `json:"updatedAt"`
			Body      string  `json:"body"`
			Bio       *string `json:"bio"`
		} `json:"current"`
	} `json:"extensions"`
}

// Statement is one SQL statement of an operation.
type Statement struct {
	Loader   string   `json:"loader"`
	Level    int      `json:"level"`
	Paths    []string `json:"paths"`
	SQL      string   `json:"sql"`
	Keys     int      `json:"keys"`
	Rows     int      `json:"rows"`
	Database string   `json:"database"`
	Reason   string   `json:"reason"`
}

// Do posts an operation as viewer, a user name or "" for nobody.
func (s *Server) Do(t testing.TB, viewer, query string, variables map[string]any) *Answer {
	t.Helper()
	header := http.Header{}
	if viewer != "" {
		header.Set(auth.ViewerHeader, viewer)
	}
	return s.Send(t, header, query, variables)
}

// Send posts an operation with these headers and usual ones.
func (s *Server) Send(t testing.TB, header http.Header, query string, variables map[string]any) *Answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	r.Header.Set("GraphQL-Explain", "1")
	maps.Copy(r.Header, header)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := &Answer{Status: response.StatusCode, Header: response.Header}
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	answer.Body = raw.Bytes()
	if err := json.Unmarshal(answer.Body, answer); err != nil {
		t.Fatalf("the answer is no JSON: %v\n%.500s", err, answer.Body)
	}
	return answer
}

// Get posts an operation that must succeed, and reads its data into out.
func (s *Server) Get(t testing.TB, viewer, query string, variables map[string]any, out any) *Answer {
	t.Helper()
	answer := s.Do(t, viewer, query, variables)
	if len(answer.Errors) > 0 {
		t.Fatalf("unexpected errors: %s", answer.Body)
	}
	if out != nil {
		if err := json.Unmarshal(answer.Data, out); err != nil {
			t.Fatalf("read data: %v\n%.500s", err, answer.Data)
		}
	}
	return answer
}

// Code returns the code of the only error, "" if there is none.
func (a *Answer) Code(t testing.TB) string {
	t.Helper()
	switch len(a.Errors) {
	case 0:
		return ""
	case 1:
		return a.Errors[0].Extensions.Code
	}
	t.Fatalf("want one error at most: %s", a.Body)
	return ""
}
