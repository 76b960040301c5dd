package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/telemetry"
)

// TestReadme sends the README's first query to a server with the made-up data,
// and wants the README's answer.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(language string) []byte {
		found := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(text)
		if found == nil {
			t.Fatalf("the README has no %s block", language)
		}
		return found[1]
	}
	handler := startedDemo(t)
	body, err := json.Marshal(map[string]string{"query": string(block("graphql"))})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("GraphQL-Explain", "1")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)

	var got, want struct {
		Data       any
		Extensions struct{ Explain struct{ Count int } }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(block("json"), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Data, got.Data); diff != "" {
		t.Errorf("the answer is not the README's (-README +answer):\n%s", diff)
	}
	if got.Extensions.Explain.Count != 3 {
		t.Errorf("it took %d statements, the README says three", got.Extensions.Explain.Count)
	}
}

// TestDocumentLinks looks for the files that the documents link to.
func TestDocumentLinks(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		text = regexp.MustCompile("(?s)\n```.*?\n```").ReplaceAll(text, nil) // code has brackets of its own
		for _, link := range regexp.MustCompile(`\]\(([^):#]+)[^):]*\)`).FindAllSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), string(link[1]))); err != nil {
				t.Errorf("%s links to %s, which is not there", document, link[1])
			}
		}
	}
}

// startedDemo is a server as serve wires it, on SQLite with the data of -demo.
func startedDemo(t *testing.T, env ...string) http.Handler {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "weft.db"), demoFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	c, db := opened(t, append(env, "WEFT_DATA_DIR="+dir)...)
	logger, err := telemetry.NewLogger(io.Discard, telemetry.LogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	handler, _, _ := wired(t, c, db, feed.New(logger), logger)
	return handler
}

var (
	demoOnce  sync.Once
	demoBytes []byte
)

// demoFile is a database with the data of -demo. It is made once.
func demoFile(t *testing.T) []byte {
	t.Helper()
	demoOnce.Do(func() {
		dir := t.TempDir()
		c, db := opened(t, "WEFT_DATA_DIR="+dir)
		if _, err := upToDate(t.Context(), c, db); err != nil {
			t.Fatal(err)
		}
		if err := fillDemo(t.Context(), invocation{stderr: t.Output()}, c, db); err != nil {
			t.Fatal(err)
		}
		// The last to close the file moves its journal into it.
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if demoBytes, err = os.ReadFile(filepath.Join(dir, "weft.db")); err != nil {
			t.Fatal(err)
		}
	})
	return demoBytes
}
