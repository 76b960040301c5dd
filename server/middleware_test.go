package server_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/server"
)

func TestRequestID(t *testing.T) {
	b := setup(t, nil)
	if a := b.post(t, "{ hello }", "X-Request-Id: abc-123"); a.header.Get("X-Request-Id") != "abc-123" {
		t.Errorf("a sane id is not kept: %v", a.header)
	}
	for _, id := range []string{"a b", "<script>", strings.Repeat("x", 200)} {
		a := b.post(t, "{ hello }", "X-Request-Id: "+id)
		if got := a.header.Get("X-Request-Id"); got == id || got == "" {
			t.Errorf("got %q for %q", got, id)
		}
	}
}

func TestAccessLog(t *testing.T) {
	b := setup(t, nil)
	body := `{"query":"query Named($t: String) { echo(text: $t) bad: fail(code: \"CONFLICT\") }","variables":{"t":"SECRET"}}`
	a := b.send(t, "POST", "/graphql?token=SECRET", body, jsonBody, "Authorization: Bearer SECRET", "X-Request-Id: id-1",
		"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	var line map[string]any
	if err := json.Unmarshal(b.log.Bytes(), &line); err != nil {
		t.Fatalf("want one line: %v: %s", err, b.log)
	}
	if strings.Contains(b.log.String(), "SECRET") {
		t.Errorf("the log has a secret: %s", b.log)
	}
	for name, want := range map[string]any{
		"method": "POST", "path": "/graphql", "status": 200.0, "bytes": float64(len(a.body)), "operation": "Named", "type": "query",
		"statements": 0.0, "request_id": "id-1", "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331",
	} {
		if line[name] != want {
			t.Errorf("%s: got %v, want %v", name, line[name], want)
		}
	}
	if codes, _ := json.Marshal(line["codes"]); string(codes) != `["CONFLICT"]` {
		t.Errorf("got codes %s", codes)
	}
}

func TestCompression(t *testing.T) {
	b := setup(t, nil)
	const query = "{ text(bytes: 20000) }"
	plain := b.post(t, query)
	for coding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
	} {
		a := b.post(t, query, "Accept-Encoding: "+coding)
		if a.header.Get("Content-Encoding") != coding || len(a.body) > 1000 {
			t.Fatalf("%s: got %q, %d bytes", coding, a.header.Get("Content-Encoding"), len(a.body))
		}
		r, err := open(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || string(text) != plain.body {
			t.Errorf("%s: %v, %d bytes", coding, err, len(text))
		}
		if !strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: Vary is %q", coding, a.header.Values("Vary"))
		}
	}
	if a := b.post(t, "{ hello }", "Accept-Encoding: gzip"); a.header.Get("Content-Encoding") != "" || a.body != `{"data":{"hello":"world"}}` {
		t.Errorf("a short answer is compressed: %v", a.header)
	}
}

// forms keeps bodies for a test, and counts how many were made.
type forms struct {
	of   map[string][]byte
	made int
}

func (f *forms) Form(coding string, encode func() []byte) []byte {
	if f.of[coding] == nil {
		f.of[coding] = encode()
		f.made++
	}
	return f.of[coding]
}

// TestKeptForms requests an answer that is kept: its body is compressed once
// for each coding, and both unpack to the same text.
func TestKeptForms(t *testing.T) {
	kept := &forms{of: map[string][]byte{}}
	data := []byte(`"` + strings.Repeat("ab", 5000) + `"`)
	response := func() *operation.Response { return &operation.Response{Data: data, Forms: kept, ETag: `W/"a"`} }
	answer := response
	s, err := server.New(server.Options{
		Logger:     slog.New(slog.DiscardHandler),
		Operations: func(_ context.Context, _ *operation.Operation, send operation.Send) { send(answer()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	get := func(method, accepted string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "/graphql?query=%7Ba%7D", nil)
		r.Header.Set("GraphQL-Require-Preflight", "1")
		if accepted != "" {
			r.Header.Set("Accept-Encoding", accepted)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	unpack := func(coding string, r io.Reader) string {
		var err error
		switch coding {
		case "gzip":
			r, err = gzip.NewReader(r)
		case "zstd":
			r, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := `{"data":` + string(data) + `}`
	for accepted, coding := range map[string]string{
		"": "", "identity": "", "br": "", "gzip": "gzip", "gzip, deflate, br, zstd": "zstd", "gzip;q=1.0, zstd;q=0.5": "gzip", "zstd;q=0": "",
		"GZIP; q=0.1": "gzip", "gzip;q=0, *": "",
	} {
		for range 2 {
			w := get(http.MethodGet, accepted)
			if got := w.Header().Get("Content-Encoding"); got != coding {
				t.Errorf("%q: it is in %q, not %q", accepted, got, coding)
			}
			if length := w.Header().Get("Content-Length"); length != "" && length != strconv.Itoa(w.Body.Len()) {
				t.Errorf("%q: Content-Length is %s of %d", accepted, length, w.Body.Len())
			}
			if got := unpack(w.Header().Get("Content-Encoding"), w.Body); got != want {
				t.Errorf("%q: got %d bytes, not %d", accepted, len(got), len(want))
			}
			if vary := w.Header().Get("Vary"); !strings.Contains(vary, "Accept-Encoding") || w.Header().Get("Etag") != `W/"a"` {
				t.Errorf("%q: %v", accepted, w.Header())
			}
		}
	}
	if kept.made != 2 {
		t.Errorf("%d forms were made, not one of each coding", kept.made)
	}
	if w := get(http.MethodHead, "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Errorf("HEAD: %v", w.Header())
	}
	// A response with more than its data is not the one that is kept.
	answer = func() *operation.Response {
		r := response()
		r.Extensions = map[string]any{"of": "this request"}
		return r
	}
	if w := get(http.MethodGet, "zstd"); !strings.HasSuffix(unpack("zstd", w.Body), `"extensions":{"of":"this request"}}`) {
		t.Errorf("got %v", w.Header())
	}
	answer = func() *operation.Response {
		r := response()
		r.Data = []byte(`1`)
		return r
	}
	if w := get(http.MethodGet, "zstd"); w.Header().Get("Content-Encoding") != "" || w.Body.String() != `{"data":1}` {
		t.Errorf("a short answer: %v", w.Header())
	}
}

func TestCORS(t *testing.T) {
	preflight := []string{"Origin: https://app.example.org", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type"}
	off := setup(t, nil)
	if a := off.send(t, "OPTIONS", "/graphql", "", preflight...); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("off by default: %v", a.header)
	}
	on := setup(t, func(o *config) { o.CORSOrigins = []string{"https://app.example.org"} })
	a := on.send(t, "OPTIONS", "/graphql", "", preflight...)
	if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "https://app.example.org" || a.header.Get("Access-Control-Allow-Headers") == "" {
		t.Errorf("preflight: %d %v", a.status, a.header)
	}
	if a := on.post(t, "{ hello }", "Origin: https://evil.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %v", a.header)
	}
}

func TestProbes(t *testing.T) {
	var problem error
	b := setup(t, func(o *config) { o.Ready = func(context.Context) error { return problem } })
	if a := b.send(t, "GET", "/livez", ""); a.status != 200 || a.body != `{"status":"live"}` {
		t.Errorf("livez: %d %s", a.status, a.body)
	}
	if a := b.send(t, "GET", "/readyz", ""); a.status != 200 || a.body != `{"status":"ready"}` {
		t.Errorf("ready: %d %s", a.status, a.body)
	}
	problem = apperr.New(apperr.Overloaded, "the database is starting")
	if a := b.send(t, "GET", "/readyz", ""); a.status != 503 || a.body != `{"status":"unavailable","reason":"the database is starting"}` {
		t.Errorf("unavailable: %d %s", a.status, a.body)
	}
	problem = errors.New("dial postgres://weft:SECRET@db")
	if a := b.send(t, "GET", "/readyz", ""); a.status != 503 || strings.Contains(a.body, "SECRET") || !strings.Contains(b.log.String(), "SECRET") {
		t.Errorf("internal cause: %d %s", a.status, a.body)
	}
	b.server.Drain()
	if a := b.send(t, "GET", "/readyz", ""); a.status != 503 || !strings.Contains(a.body, "draining") || a.header.Get("Connection") != "close" {
		t.Errorf("draining: %d %s", a.status, a.body)
	}
	if a := b.post(t, "{ hello }"); a.status != 200 {
		t.Errorf("a draining server still serves: %d", a.status)
	}
}

func TestSchema(t *testing.T) {
	b := setup(t, nil)
	a := b.send(t, "GET", "/schema.graphql", "")
	if a.status != 200 || !strings.Contains(a.body, "Waits until the request ends.") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	for _, word := range []string{"goField", "__Schema", "scalar String", "directive @include"} {
		if strings.Contains(a.body, word) {
			t.Errorf("the schema has %s:\n%s", word, a.body)
		}
	}
	again := b.send(t, "GET", "/schema.graphql", "", "If-None-Match: "+a.header.Get("ETag"))
	if again.status != 304 || again.body != "" {
		t.Errorf("with its ETag: %d", again.status)
	}
}

func TestPlaygroundAndHeaders(t *testing.T) {
	b := setup(t, func(o *config) {
		o.Playground = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
			_, _ = io.WriteString(w, r.URL.Path)
		})
	})
	for _, path := range []string{"/", "/assets/index.js"} {
		if a := b.send(t, "GET", path, ""); a.body != path || a.header.Get("Content-Security-Policy") != "default-src 'self'" {
			t.Errorf("%s: %s %v", path, a.body, a.header)
		}
	}
	a := b.post(t, "{ hello }")
	if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Content-Security-Policy") != "default-src 'none'; frame-ancestors 'none'" {
		t.Errorf("got %v", a.header)
	}
}
