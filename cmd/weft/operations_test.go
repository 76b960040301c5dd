package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/graph/examples"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/persisted"
)

// TestUnusedOperations asks two instances for documents, and wants those that
// neither was asked for.
func TestUnusedOperations(t *testing.T) {
	dir := t.TempDir()
	manifest := filepath.Join(dir, "manifest.json")
	text := "{\n\"first\": \"{ viewer { name } }\",\n\"second\": \"query Tags { tags { nodes { name } } }\",\n\"third\": \"{ __typename }\",\n\"fourth\": \"{ tags { totalCount } }\"\n}"
	if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	url := "sqlite:" + filepath.Join(dir, "weft.db")
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"migrate"}, []string{"WEFT_DATABASE_URL=" + url}, &stdout, &stderr); code != 0 {
		t.Fatal(stderr.String())
	}
	var private []string
	for _, id := range []string{"first", "third"} {
		addr, own := freeAddr(t), freeAddr(t)
		private = append(private, own)
		instanceAt(t, addr, "WEFT_DATABASE_URL="+url, "WEFT_DATA_DIR="+dir, "WEFT_PERSISTED_MANIFEST="+manifest, "WEFT_PRIVATE_ADDR="+own)
		if say(t, "http://"+addr+"/graphql", "", map[string]any{"documentId": id}) == nil {
			t.Fatalf("%s gave no data", id)
		}
	}
	stdout.Reset()
	if code := run(t.Context(), append([]string{"operations", "unused"}, private...), nil, &stdout, &stderr); code != 0 {
		t.Fatal(stderr.String())
	}
	got := regexp.MustCompile(`since \S+,`).ReplaceAllString(stdout.String(), "since START,")
	want := "2 of 4 documents were not asked for since START, when the last instance started\n" +
		"second\t\t" + manifest + ":3\nfourth\t\t" + manifest + ":5\n"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, wrong := range [][]string{nil, {"127.0.0.1:1"}, {"http://%"}} {
		stderr.Reset()
		if code := run(t.Context(), append([]string{"operations", "unused"}, wrong...), nil, &stdout, &stderr); code == 0 {
			t.Errorf("%v is taken", wrong)
		}
	}
}

// TestDocumentOfTwoOperations asks for each by its name, and for neither.
func TestDocumentOfTwoOperations(t *testing.T) {
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(manifest, []byte(`{"both": "query One { tags { totalCount } } query Two { users { totalCount } }"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startedDemo(t, "WEFT_PERSISTED_MANIFEST="+manifest)
	for sent, want := range map[string]string{
		`{"documentId": "both", "operationName": "One"}`:   `{"data":{"tags":`,
		`{"documentId": "both", "operationName": "Two"}`:   `{"data":{"users":`,
		`{"documentId": "both"}`:                           `"code":"BAD_USER_INPUT"`,
		`{"documentId": "both", "operationName": "Three"}`: `"code":"BAD_USER_INPUT"`,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(sent))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s, want %s", sent, w.Body, want)
		}
	}
}

// BenchmarkManifest reads 10,000 documents, and parses, validates and prices
// them, as the start of a server does. MB is what stays in memory.
func BenchmarkManifest(b *testing.B) {
	const documents = 10_000
	files, err := fs.Glob(examples.Files, "*.graphql")
	if err != nil {
		b.Fatal(err)
	}
	named := regexp.MustCompile(`\b(query|mutation) (\w+)`)
	var text bytes.Buffer
	for i := range documents {
		source, err := examples.Files.ReadFile(files[i%len(files)])
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprintf(&text, ",\n%q: %q", fmt.Sprint("id", i), named.ReplaceAllString(string(source), fmt.Sprintf("$1 ${2}%d", i)))
	}
	path := filepath.Join(b.TempDir(), "manifest.json")
	if err := os.WriteFile(path, []byte("{"+text.String()[1:]+"}"), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(nil)
	if err != nil {
		b.Fatal(err)
	}
	schema := graph.SDL()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var p *persisted.Persisted
	for b.Loop() {
		p = persisted.New(persisted.Options{Prepare: prepare(c, schema)})
		m, err := persisted.Read(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Trust(b.Context(), m); err != nil {
			b.Fatal(err)
		}
		if len(m.Entries) != documents {
			b.Fatalf("%d documents", len(m.Entries))
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
	runtime.KeepAlive(p)
}
