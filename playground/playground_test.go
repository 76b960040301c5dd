package playground

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var plain = sync.OnceValues(func() (http.Handler, error) { return Handler(Options{}) })

func get(t *testing.T, o Options, method, path string, header ...string) *http.Response {
	t.Helper()
	h, err := plain()
	if o.Endpoint != "" {
		h, err = Handler(o)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPage(t *testing.T) {
	o := Options{
		Endpoint:   "/api",
		Operations: []Operation{{Query: `{ a(b: "</script><script>alert(1)</script>") }`, Variables: `{"c": 1}`}},
		Headers:    map[string]string{"Authorization": "Bearer <token>"},
		Explain:    true,
	}
	r := get(t, o, "GET", "/")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %s, %s", r.Status, r.Header.Get("Content-Type"))
	}
	page := body(t, r)
	if n := strings.Count(page, "</script>"); n != 2 {
		t.Errorf("the page has %d scripts, want its options and its program", n)
	}
	_, rest, _ := strings.Cut(page, optionsStart)
	text, _, _ := strings.Cut(rest, optionsEnd)
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"endpoint":   "/api",
		"headers":    "{\n  \"Authorization\": \"Bearer <token>\"\n}",
		"operations": []any{map[string]any{"query": o.Operations[0].Query, "variables": o.Operations[0].Variables}},
		"explain":    true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}

// TestSelfContained follows the page to its files and expects all of them
// here: no other host, no script in the page itself.
func TestSelfContained(t *testing.T) {
	page := body(t, get(t, Options{}, "GET", "/"))
	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 3 {
		t.Fatalf("the page has %d links", len(links))
	}
	for _, link := range links {
		path, ok := strings.CutPrefix(link[1], "./assets/")
		if !ok {
			if link[1] != "./schema.graphql" {
				t.Errorf("the page links to %s", link[1])
			}
			continue
		}
		if r := get(t, Options{}, "GET", "/assets/"+path); r.StatusCode != 200 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	policy := get(t, Options{}, "GET", "/").Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe-eval") || strings.Contains(policy, "http") {
		t.Errorf("policy lets too much in: %s", policy)
	}
}

func TestFiles(t *testing.T) {
	files, err := assets()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for path, file := range files {
		total += len(file.body)
		packed := get(t, Options{}, "GET", path, "Accept-Encoding", "br, gzip;q=0.8")
		if packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%s is not sent as stored: %v", path, packed.Header)
		}
		unpacked, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		want, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, accept := range []string{"", "gzip;q=0, *", "identity"} {
			whole := get(t, Options{}, "GET", path, "Accept-Encoding", accept)
			if whole.Header.Get("Content-Encoding") != "" || !bytes.Equal([]byte(body(t, whole)), want) {
				t.Errorf("%s with Accept-Encoding %q is not the plain file", path, accept)
			}
		}
	}
	if total > 3_000_000 {
		t.Errorf("the playground adds %d bytes to the binary, at most 3,000,000 are wanted", total)
	}
}

func TestCaching(t *testing.T) {
	script := regexp.MustCompile(`/assets/index-[^"]+\.js`).FindString(body(t, get(t, Options{}, "GET", "/")))
	for path, want := range map[string]string{
		"/":                    "no-cache",
		"/assets/LICENSES.txt": "no-cache",
		script:                 "public, max-age=31536000, immutable",
	} {
		first := get(t, Options{}, "GET", path, "Accept-Encoding", "gzip")
		if got := first.Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control %q, want %q", path, got, want)
		}
		again := get(t, Options{}, "GET", path, "If-None-Match", `"x", `+first.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
			t.Errorf("%s again: %s", path, again.Status)
		}
		if other := get(t, Options{}, "GET", path, "If-None-Match", `"x"`); other.StatusCode != 200 {
			t.Errorf("%s after a change: %s", path, other.Status)
		}
	}
	a, b := get(t, Options{}, "GET", "/"), get(t, Options{Endpoint: "/other"}, "GET", "/")
	if a.Header.Get("ETag") == b.Header.Get("ETag") {
		t.Error("pages with different options have one ETag")
	}
}

func TestRefusals(t *testing.T) {
	if r := get(t, Options{}, "POST", "/"); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %s, Allow %q", r.Status, r.Header.Get("Allow"))
	}
	for _, path := range []string{"/x", "/assets/", "/assets/../asset.go", "/dist/index.html", "/index.html"} {
		if r := get(t, Options{}, "GET", path); r.StatusCode != 404 {
			t.Errorf("GET %s: %s", path, r.Status)
		}
	}
	if r := get(t, Options{}, "HEAD", "/"); r.StatusCode != 200 || body(t, r) != "" {
		t.Errorf("HEAD: %s", r.Status)
	}
}
