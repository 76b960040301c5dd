package operation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/apollotracing"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/executor/example"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/document"
	"github.com/weftql/weft/internal/operation"
)

// bundle is gqlgen's own transports on top of the steps, with what the steps
// saw.
type bundle struct {
	url      string
	clock    *clock
	begun    atomic.Int64 // operations that reached the last step
	ended    atomic.Int64
	prepared atomic.Int64 // contexts made for responses
}

func start(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{clock: newClock(t)}
	schema := b.clock.Schema()
	documents := document.NewCache(0)
	refuse := operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
		if op.Header.Get("Authorization") == "Bearer spent" {
			return operation.Fail(apperr.New(apperr.RateLimited, "nothing is left").Retry(time.Second))
		}
		return nil
	})
	count := func(next operation.Handler) operation.Handler {
		return func(ctx context.Context, op *operation.Operation, send operation.Send) {
			b.begun.Add(1)
			defer b.ended.Add(1)
			if operation.FromContext(ctx) != op {
				t.Error("the context has another operation")
			}
			op.Prepare = func(ctx context.Context) context.Context {
				b.prepared.Add(1)
				return ctx
			}
			responses := 0
			next(ctx, op, func(r *operation.Response) bool {
				responses++
				r.Extensions = map[string]any{"response": responses}
				return send(r)
			})
		}
	}
	executor := operation.NewExecutor(slog.New(slog.DiscardHandler),
		operation.Execute(operation.ExecuteOptions{Schema: b.clock, Logger: slog.New(slog.DiscardHandler)}),
		[]operation.Step{
			document.Parse(documents, operation.Limits{}),
			document.Limit(operation.Limits{}),
			document.Validate(documents, schema, document.Rules{}),
			document.Choose,
			document.Coerce(schema),
		},
		[]operation.Step{refuse, count},
	)
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(graphql.StartOperationTrace(r.Context()))
		for _, t := range []graphql.Transport{transport.Websocket{}, transport.SSE{}, transport.POST{}} {
			if t.Supports(r) {
				t.Do(w, r, executor)
				return
			}
		}
	}))
	t.Cleanup(listening.Close)
	b.url = listening.URL
	return b
}

// message is a message of graphql-transport-ws.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// dial opens a WebSocket and waits for the acknowledgement.
func (b *bundle) dial(t *testing.T, header http.Header) *websocket.Conn {
	t.Helper()
	conn, response, err := websocket.Dial(t.Context(), b.url, &websocket.DialOptions{
		Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: header,
	})
	if err != nil {
		t.Fatal(err)
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	write(t, conn, message{Type: "connection_init"})
	if m := read(t, conn); m.Type != "connection_ack" {
		t.Fatalf("got %+v", m)
	}
	return conn
}

func write(t *testing.T, conn *websocket.Conn, m message) {
	t.Helper()
	if err := wsjson.Write(t.Context(), conn, m); err != nil {
		t.Fatal(err)
	}
}

// read returns the next message that is not a ping or pong.
func read(t *testing.T, conn *websocket.Conn) message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		var m message
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			t.Fatal(err)
		}
		if m.Type != "ping" && m.Type != "pong" {
			return m
		}
	}
}

func subscribe(id, body string) message {
	return message{ID: id, Type: "subscribe", Payload: json.RawMessage(body)}
}

func TestWebSocket(t *testing.T) {
	b := start(t)
	for name, tt := range map[string]struct {
		header string
		body   string
		want   []string
	}{
		"Subscription": {"", `{"query":"subscription($n: Int!) { tick(n: $n) }","variables":{"n":3}}`, []string{
			`next {"data":{"tick":1},"extensions":{"response":1}}`,
			`next {"data":{"tick":2},"extensions":{"response":2}}`,
			`next {"data":{"tick":3},"extensions":{"response":3}}`,
			"complete ",
		}},
		"Query": {"", `{"query":"query($n: String) { hello(name: $n) }","variables":{"n":"ada"}}`, []string{
			`next {"data":{"hello":"hello ada"},"extensions":{"response":1}}`, "complete ",
		}},
		"Invalid": {"", `{"query":"{ nothing }"}`, []string{
			`error [{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED","requestId":""}}]`, "complete ",
		}},
		"NUL": {"", `{"query":"query($n: String) { hello(name: $n) }","variables":{"n":"a\u0000"}}`, []string{
			`next {"errors":[{"message":"variables: NUL in a string","extensions":{"code":"BAD_USER_INPUT","requestId":""}}],"data":null}`, "complete ",
		}},
		"Refused": {"Bearer spent", `{"query":"{ hello }"}`, []string{
			`next {"errors":[{"message":"nothing is left","extensions":{"code":"RATE_LIMITED","requestId":"","retryAfter":1}}],"data":null}`, "complete ",
		}},
		"Panic": {"", `{"query":"subscription { panic }"}`, []string{
			`next {"errors":[{"message":"internal server error: quote the request id when you report it","extensions":{"code":"INTERNAL_SERVER_ERROR","requestId":""}}],"data":null}`, "complete ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if tt.header != "" {
				header.Set("Authorization", tt.header)
			}
			conn := b.dial(t, header)
			write(t, conn, subscribe("1", tt.body))
			var got []string
			for range tt.want {
				m := read(t, conn)
				got = append(got, m.Type+" "+string(m.Payload))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWebSocketCancelled ends subscriptions as clients do: with a message, and
// by closing the connection. Both must end what runs for them.
func TestWebSocketCancelled(t *testing.T) {
	b := start(t)
	conn := b.dial(t, nil)
	write(t, conn, subscribe("1", `{"query":"subscription { tick(n: 0) }"}`))
	write(t, conn, subscribe("2", `{"query":"subscription { tick(n: 0) }"}`))
	for seen := map[string]bool{}; len(seen) < 2; {
		seen[read(t, conn).ID] = true
	}
	write(t, conn, message{ID: "1", Type: "complete"})
	wait(t, b.clock.ended)
	if err := conn.CloseNow(); err != nil {
		t.Fatal(err)
	}
	wait(t, b.clock.ended)
	for deadline := time.Now().Add(10 * time.Second); b.ended.Load() < 2; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d operations ended", b.ended.Load(), b.begun.Load())
		}
		pause(t.Context(), time.Millisecond)
	}
}

func wait(t *testing.T, ended <-chan struct{}) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("a subscription did not end")
	}
}

func TestSSE(t *testing.T) {
	b := start(t)
	for name, tt := range map[string]struct{ body, want string }{
		"Subscription": {`{"query":"subscription { tick(n: 2) }"}`, ":\n\n" +
			"event: next\ndata: {\"data\":{\"tick\":1},\"extensions\":{\"response\":1}}\n\n" +
			"event: next\ndata: {\"data\":{\"tick\":2},\"extensions\":{\"response\":2}}\n\n" +
			"event: complete\n\n"},
		"Query": {`{"query":"{ hello }"}`, ":\n\n" +
			"event: next\ndata: {\"data\":{\"hello\":\"hello \\u003cnil\\u003e\"},\"extensions\":{\"response\":1}}\n\n" +
			"event: complete\n\n"},
		"Invalid": {`{"query":"{"}`, ":\n\n" +
			"event: next\ndata: {\"errors\":[{\"message\":\"Expected Name, found \\u003cEOF\\u003e\",\"locations\":[{\"line\":1,\"column\":2}],\"extensions\":{\"code\":\"GRAPHQL_PARSE_FAILED\",\"requestId\":\"\"}}],\"data\":null}\n\n" +
			"event: complete\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := b.post(t, tt.body, "text/event-stream"); got != tt.want {
				t.Error(cmp.Diff(tt.want, got))
			}
		})
	}
	if b.prepared.Load() != 3 { // two events and the end of the stream
		t.Errorf("%d contexts were made for responses", b.prepared.Load())
	}
}

// TestStockPOST sends a query with gqlgen's own POST transport.
func TestStockPOST(t *testing.T) {
	b := start(t)
	if got := b.post(t, `{"query":"{ hello }"}`, "application/json"); got != `{"data":{"hello":"hello \u003cnil\u003e"},"extensions":{"response":1}}` {
		t.Errorf("got %s", got)
	}
}

func (b *bundle) post(t *testing.T, body, accept string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTracer runs an operation of generated code under one of gqlgen's tracing
// extensions, which sees the operation's fields.
func TestTracer(t *testing.T) {
	schema := example.NewSchema(io.Discard)
	documents := document.NewCache(0)
	execute := func(extensions ...graphql.HandlerExtension) *operation.Response {
		handle := operation.Chain(operation.Execute(operation.ExecuteOptions{Schema: schema, Extensions: extensions}),
			document.Parse(documents, operation.Limits{}),
			document.Validate(documents, schema.Schema(), document.Rules{}),
			document.Choose,
		)
		var got *operation.Response
		handle(t.Context(), &operation.Operation{
			Query: "{ books(first: 2) { title author { name } } }", Started: time.Now(), Stop: func(error) {},
		}, func(r *operation.Response) bool {
			got = r
			return true
		})
		if got == nil || len(got.Errors) > 0 {
			t.Fatalf("got %+v", got)
		}
		return got
	}
	plain, traced := execute(), execute(apollotracing.Tracer{})
	if !bytes.Equal(plain.Data, traced.Data) {
		t.Errorf("got %s, without the tracer %s", traced.Data, plain.Data)
	}
	trace, ok := traced.Extensions["tracing"].(*apollotracing.TracingExtension)
	if !ok {
		t.Fatalf("got %+v", traced.Extensions)
	}
	var paths []string
	for _, r := range trace.Execution.Resolvers {
		paths = append(paths, r.Path.String())
	}
	if !strings.Contains(strings.Join(paths, " "), "books[1].author.name") {
		t.Errorf("the tracer saw %q", paths)
	}
}
