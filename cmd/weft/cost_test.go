package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weftql/weft/graph/examples"
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
