package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/document"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/telemetry"
	"github.com/weftql/weft/server"
)

// bundle is one server under test and its log.
type bundle struct {
	server *server.Server
	log    *bytes.Buffer
}

// config is how a server under test is put together.
type config struct {
	server.Options
	rules   document.Rules
	explain func(context.Context) bool
	execute operation.ExecuteOptions
	prepare func(context.Context) context.Context // right before execution
}

// setup builds a server over the test schema; change may be nil.
func setup(t testing.TB, change func(*config)) bundle {
	t.Helper()
	var log bytes.Buffer
	logger, err := telemetry.NewLogger(&log, telemetry.LogOptions{Level: slog.LevelDebug})
	if err != nil {
		t.Fatal(err)
	}
	schema := newSchema(t)
	c := config{
		Options: server.Options{Schema: schema.Schema(), Logger: logger},
		rules:   document.Rules{Introspection: true, Suggestions: true},
		explain: func(context.Context) bool { return false },
		prepare: func(ctx context.Context) context.Context { return ctx },
		execute: operation.ExecuteOptions{Schema: schema, Introspection: true},
	}
	if change != nil {
		change(&c)
	}
	c.execute.Logger = c.Logger
	c.Operations = c.operations()
	s, err := server.New(c.Options)
	if err != nil {
		t.Fatal(err)
	}
	return bundle{server: s, log: &log}
}

// operations are the steps that need only a schema.
func (c *config) operations() operation.Handler {
	documents := document.NewCache(0)
	schema := c.execute.Schema.Schema()
	return operation.Chain(operation.Execute(c.execute),
		document.Parse(documents, c.Limits),
		document.Limit(c.Limits),
		document.Validate(documents, schema, c.rules),
		document.Choose,
		document.Coerce(schema),
		operation.Explain(c.explain, nil),
		func(next operation.Handler) operation.Handler {
			return func(ctx context.Context, op *operation.Operation, send operation.Send) {
				next(c.prepare(ctx), op, send)
			}
		},
	)
}

// answer is a response as a client sees it.
type answer struct {
	status int
	header http.Header
	body   string
	parsed struct {
		Data       json.RawMessage `json:"data"`
		Errors     []wireError     `json:"errors"`
		Extensions map[string]any  `json:"extensions"`
	}
}

type wireError struct {
	Message    string `json:"message"`
	Path       []any  `json:"path"`
	Extensions struct {
		Code      string `json:"code"`
		RequestID string `json:"requestId"`
		Fields    []struct{ Path, Message string }
	} `json:"extensions"`
}

func (a answer) code() string {
	if len(a.parsed.Errors) == 0 {
		return ""
	}
	return a.parsed.Errors[0].Extensions.Code
}

func (a answer) message() string {
	if len(a.parsed.Errors) == 0 {
		return ""
	}
	return a.parsed.Errors[0].Message
}

// send serves one request in process. Headers are "Name: value".
func (b bundle) send(t testing.TB, method, target, body string, headers ...string) answer {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	if strings.Contains(a.header.Get("Content-Type"), "json") && a.body != "" && a.header.Get("Content-Encoding") == "" {
		if err := json.Unmarshal(w.Body.Bytes(), &a.parsed); err != nil {
			t.Fatalf("answer is not JSON: %v: %s", err, a.body)
		}
	}
	return a
}

// post sends a document with the media type that tells request errors apart.
func (b bundle) post(t testing.TB, query string, headers ...string) answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	return b.send(t, "POST", "/graphql", string(body), append([]string{
		"Content-Type: application/json", "Accept: application/graphql-response+json",
	}, headers...)...)
}
