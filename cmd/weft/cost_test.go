package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/oracletest"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/graph/examples"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/query"
)

// TestExamplesFitTheirBudget sends each example to a server with data, and
// wants what it did cost to be no more than what it may, and that within the
// default budgets.
func TestExamplesFitTheirBudget(t *testing.T) {
	s := startedDemo(t)
	files, err := fs.Glob(examples.Files, "*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := examples.Files.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			body, err := json.Marshal(map[string]any{"query": string(text)})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if strings.Contains(w.Body.String(), "is required") {
				t.Skip("it needs variables")
			}
			var answer struct {
				Extensions struct {
					Cost struct{ RequestedQueryCost, ActualQueryCost int64 }
				}
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			c := answer.Extensions.Cost
			t.Logf("may cost %d points, and did cost %d", c.RequestedQueryCost, c.ActualQueryCost)
			if c.ActualQueryCost <= 0 || c.ActualQueryCost > c.RequestedQueryCost || c.RequestedQueryCost > 10_000 {
				t.Errorf("%+v: %.300s", c, w.Body)
			}
		})
	}
}

// TestActualNeverExceedsThePrice sends generated operations to a server with
// data, and operations whose pages are full.
func TestActualNeverExceedsThePrice(t *testing.T) {
	t.Parallel()
	s := startedDemo(t)
	send := func(query string, variables map[string]any, out any) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
	}
	type answer struct {
		Data       map[string]any
		Extensions struct {
			Cost struct{ RequestedQueryCost, ActualQueryCost int64 }
		}
	}
	var found struct {
		Data struct {
			Posts struct {
				Nodes []struct {
					ID       string
					Author   struct{ ID string }
					Tags     []struct{ ID string }
					Comments struct{ Nodes []struct{ ID string } }
				}
			}
		}
	}
	send(`{ posts(first: 30) { nodes { id author { id } tags { id } comments(first: 2) { nodes { id } } } } }`, nil, &found)
	var ids []string
	for _, p := range found.Data.Posts.Nodes {
		ids = append(ids, p.ID, p.Author.ID)
		for _, tag := range p.Tags {
			ids = append(ids, tag.ID)
		}
		for _, c := range p.Comments.Nodes {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) < 60 {
		t.Fatalf("the demo has %d ids", len(ids))
	}
	n := 1_000
	if testing.Short() {
		n /= 10
	}
	schema := graph.NewStockSchema(nil, nil, nil).Schema()
	ran := 0
	for seed := range n {
		g := oracletest.New(schema, uint64(seed))
		g.Value = func(r *rand.Rand, coordinate string, typ *ast.Type) (any, bool) {
			switch {
			case typ.Name() == "ID" && typ.Elem == nil:
				return ids[r.IntN(len(ids))], true
			case strings.HasSuffix(coordinate, "(first:)"):
				return r.IntN(40), true
			case strings.HasSuffix(coordinate, "(last:)"), strings.HasSuffix(coordinate, "(after:)"), strings.HasSuffix(coordinate, "(before:)"):
				return nil, true
			}
			return nil, false
		}
		g.Leave = func(_, field string) bool { return field == "rateLimit" }
		o := g.Operation(ast.Query)
		var a answer
		send(o.Query, o.Variables, &a)
		c := a.Extensions.Cost
		if a.Data != nil && c.ActualQueryCost > 0 {
			ran++
		}
		if c.ActualQueryCost > c.RequestedQueryCost {
			t.Errorf("seed %d may cost %d points, and did cost %d: %s %v", seed, c.RequestedQueryCost, c.ActualQueryCost, o.Query, o.Variables)
		}
	}
	t.Logf("%d of %d operations gave data", ran, n)
	if ran < n/2 {
		t.Errorf("only %d of %d operations gave data", ran, n)
	}
	for _, full := range []string{
		`{ posts(first: 20) { nodes { title author { name } } } }`,
		`{ posts(first: 7) { edges { node { bodyHtml author { name } } } } users(first: 3) { nodes { id } } }`,
		`{ tags(first: 5) { nodes { name posts(first: 1) { nodes { author { name } } } } } }`,
	} {
		var a answer
		send(full, nil, &a)
		if c := a.Extensions.Cost; c.ActualQueryCost != c.RequestedQueryCost || c.ActualQueryCost == 0 {
			t.Errorf("all pages are full, and it may cost %d points and did cost %d: %s", c.RequestedQueryCost, c.ActualQueryCost, full)
		}
	}
	var counted struct {
		Data       struct{ Posts struct{ TotalCount int64 } }
		Extensions struct {
			Cost struct{ RequestedQueryCost, ActualQueryCost int64 }
		}
	}
	send(`{ posts { totalCount } }`, nil, &counted)
	total, c := counted.Data.Posts.TotalCount, counted.Extensions.Cost
	if want := c.RequestedQueryCost - query.MaxCount/cost.RowsPerPoint + total/cost.RowsPerPoint; total == 0 || c.ActualQueryCost != want {
		t.Errorf("to count %d posts cost %d points of %d, want %d", total, c.ActualQueryCost, c.RequestedQueryCost, want)
	}
}

// TestTwentyInARow sends each example, and each query of the benchmark, twenty
// times to a server that enforces the default budgets.
func TestTwentyInARow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../graph/examples/*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../../bench/operations/*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, more...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := startedDemo(t, "WEFT_COST_MODE=enforce")
			body, err := json.Marshal(map[string]any{"query": string(text), "variables": map[string]any{
				"id": "post_01h455vb4pex5vsknk084sn02q", "postId": "post_01h455vb4pex5vsknk084sn02q", "title": "A title", "body": "A body.",
				"ids": []string{"post_01h455vb4pex5vsknk084sn02q"},
			}})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 20 {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Weft-Viewer", "alice")
				r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				if strings.Contains(w.Body.String(), "RATE_LIMITED") || strings.Contains(w.Body.String(), "COST_LIMIT_EXCEEDED") || w.Code != http.StatusOK {
					t.Fatalf("try %d: %d %.300s", i, w.Code, w.Body)
				}
			}
		})
	}
}
