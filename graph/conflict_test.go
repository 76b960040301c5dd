package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// TestExpectedUpdatedAt sends each update with an old revision, which changes
// nothing, and then with the present one, which the error tells.
func TestExpectedUpdatedAt(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		s := graphtest.Start(t, db)
		for name, tt := range map[string]struct{ mutation, object string }{
			"updatePost":    {`(input: {id: "POST", title: "new", AT}) { post { id updatedAt } }`, "post"},
			"publishPost":   {`(input: {id: "POST", AT}) { post { id updatedAt } }`, "post"},
			"archivePost":   {`(input: {id: "POST", AT}) { post { id updatedAt } }`, "post"},
			"setPostTags":   {`(input: {id: "POST", tags: ["new"], AT}) { post { id updatedAt } }`, "post"},
			"updateComment": {`(input: {id: "COMMENT", body: "new", AT}) { comment { id updatedAt } }`, "comment"},
			"updateProfile": {`(input: {bio: "new", AT}) { user { id updatedAt } }`, "user"},
		} {
			t.Run(name, func(t *testing.T) {
				p := f.Post(alice, "Old", post.StatusDRAFT)
				c := f.Comment(alice, p, "Old")
				id := map[string]string{"post": p.ID.String(), "comment": c.ID.String(), "user": alice.ID.String()}[tt.object]
				revision := func() string {
					t.Helper()
					var out struct{ Node struct{ UpdatedAt string } }
					s.Get(t, "alice", fmt.Sprintf(`{ node(id: %q) { ... on Post { updatedAt } ... on Comment { updatedAt } ... on User { updatedAt } } }`, id), nil, &out)
					return out.Node.UpdatedAt
				}
				change := func(expected string) *graphtest.Answer {
					replace := strings.NewReplacer("POST", p.ID.String(), "COMMENT", c.ID.String(), "AT", fmt.Sprintf("expectedUpdatedAt: %q", expected))
					return s.Do(t, "alice", "mutation { "+name+replace.Replace(tt.mutation)+" }", nil)
				}
				before := revision()
				refused := change("2020-01-01T00:00:00Z")
				if refused.Code(t) != "CONFLICT" {
					t.Fatalf("an old revision: %s", refused.Body)
				}
				current := refused.Errors[0].Extensions.Current
				if current == nil || current.ID != id || current.UpdatedAt != before || revision() != before {
					t.Fatalf("before it was %s, the error tells %+v, now it is %s", before, current, revision())
				}
				if tt.object == "user" && current.Bio == nil || tt.object != "user" && current.Body == "" {
					t.Errorf("the error does not tell the object: %s", refused.Body)
				}
				if done := change(current.UpdatedAt); len(done.Errors) > 0 {
					t.Fatalf("the present revision: %s", done.Body)
				}
				if after := revision(); after <= before {
					t.Errorf("changed at %s, before it was %s", after, before)
				}
			})
		}
	})
}

// TestNoLostUpdate has ten clients add a line each to the same text, who read
// it anew after each conflict: at the end all lines are there.
func TestNoLostUpdate(t *testing.T) {
	const clients = 10
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		p := f.Post(alice, "Post", post.StatusPUBLISHED)
		c := f.Comment(alice, p, "Comment")
		s := graphtest.Start(t, db)
		type text struct{ Body, UpdatedAt string }
		for mutation, id := range map[string]string{"updatePost": p.ID.String(), "updateComment": c.ID.String()} {
			read := func() text {
				var out struct{ Node text }
				s.Get(t, "alice", `query ($id: ID!) { node(id: $id) { ... on Post { body updatedAt } ... on Comment { body updatedAt } } }`, map[string]any{"id": id}, &out)
				return out.Node
			}
			var all sync.WaitGroup
			for client := range clients {
				all.Go(func() {
					for {
						seen := read()
						answer := s.Do(t, "alice", fmt.Sprintf(`mutation ($body: String!, $at: Time!) { %s(input: {id: %q, body: $body, expectedUpdatedAt: $at}) { __typename } }`, mutation, id),
							map[string]any{"body": fmt.Sprintf("%s\nline %d.", seen.Body, client), "at": seen.UpdatedAt})
						switch answer.Code(t) {
						case "":
							return
						case "CONFLICT":
						default:
							t.Errorf("%s: %s", mutation, answer.Body)
							return
						}
					}
				})
			}
			all.Wait()
			body := read().Body
			for client := range clients {
				if !strings.Contains(body, fmt.Sprintf("line %d.", client)) {
					t.Errorf("%s lost line %d:\n%s", mutation, client, body)
				}
			}
		}
	})
}
