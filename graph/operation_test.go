package graph_test

import (
	"context"
	"strings"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/operation"
)

// TestTooManyObjects asks for lists within lists until the answer is too large:
// the operation ends with one error, however many objects would have had one.
func TestTooManyObjects(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		for range 5 {
			f.Post(alice, "A post", post.StatusPUBLISHED)
		}
		s := graphtest.Start(t, db, graphtest.WithLimits(operation.Limits{Objects: 30}))
		for name, tt := range map[string]struct{ query, code string }{
			"Fits":      {`{ posts { nodes { author { posts(first: 4) { nodes { id } } } } } }`, ""},
			"Found":     {`{ posts { nodes { author { posts(first: 5) { nodes { author { posts(first: 2) { nodes { id } } } } } } } } }`, "COST_LIMIT_EXCEEDED"},
			"Edges":     {`{ posts { nodes { a: author { id } b: author { id } c: author { id } d: author { id } e: author { id } f: author { id } tags { name } } } }`, "COST_LIMIT_EXCEEDED"},
			"Announced": {`{ posts { nodes { author { posts(first: 100) { nodes { id } } } } } }`, "COST_LIMIT_EXCEEDED"},
			"Mutation": {`mutation { createPost(input: {title: "A", body: "b"}) { post { author { posts(first: 5) { nodes { author { posts(first: 5) { nodes {
				author { posts(first: 5) { nodes { id } } } } } } } } } } } }`, "COST_LIMIT_EXCEEDED"},
		} {
			t.Run(name, func(t *testing.T) {
				if name == "Announced" && graphtest.Stock() {
					t.Skip("gqlgen's executor asks for one author's posts at a time")
				}
				answer := s.Do(t, "alice", tt.query, nil)
				if tt.code == "" {
					if len(answer.Errors) > 0 {
						t.Fatalf("got %s", answer.Body)
					}
					return
				}
				if len(answer.Errors) != 1 || answer.Errors[0].Extensions.Code != tt.code || answer.Data != nil {
					t.Fatalf("want one %s and no data, got %s", tt.code, answer.Body)
				}
			})
		}
	})
}

// TestFailureLoggedOnce lets a statement fail that many objects wait for: each
// has an error, the log has the cause once.
func TestFailureLoggedOnce(t *testing.T) {
	db := dbtest.Open(t, "sqlite")
	f := graphtest.NewFixture(t, db)
	alice := f.User("alice", auth.RoleUser)
	for range 5 {
		f.Post(alice, "A post", post.StatusPUBLISHED)
	}
	s := graphtest.Start(t, db)
	if _, err := db.DB().ExecContext(context.Background(), "DROP TABLE comments"); err != nil {
		t.Fatal(err)
	}
	answer := s.Do(t, "", `{ posts { nodes { comments { nodes { id } } } } }`, nil)
	if len(answer.Errors) != 5 || answer.Errors[0].Extensions.Code != "INTERNAL_SERVER_ERROR" {
		t.Errorf("want an error for each post, got %s", answer.Body)
	}
	if n := strings.Count(s.Log.String(), "no such table"); n != 1 {
		t.Errorf("the cause is in the log %d times:\n%s", n, s.Log)
	}
}
