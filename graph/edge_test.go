package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

type edge struct {
	Cursor string
	Node   struct{ ID string }
}

type edges struct{ Edges []edge }

// TestNewEdges puts the edge that a mutation answers into the list that a
// client shows: it is the edge that the list itself has, and pages go on from
// its cursor.
func TestNewEdges(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		on := f.Post(alice, "Old", post.StatusPUBLISHED)
		f.Post(alice, "Old draft", post.StatusDRAFT)
		f.Reply(alice, on, post.StatusPUBLISHED)
		f.Comment(alice, on, "Old")
		s := graphtest.Start(t, db)

		ofPost := func(list string) string { return fmt.Sprintf(`{ post(id: %q) { %s } }`, on.ID, list) }
		for _, tt := range []struct {
			name, mutation, edge string
			list                 string // CURSOR stands for an argument
			beyond               string // the argument that asks for what else there is
		}{
			{
				"comment", fmt.Sprintf(`addComment(input: {postId: %q, body: "New"})`, on.ID), "commentEdge",
				ofPost(`list: comments(first: 5 CURSOR) { edges { cursor node { id } } }`), "before",
			},
			{
				"reply", fmt.Sprintf(`replyToPost(input: {postId: %q, body: "New"})`, on.ID), "replyEdge",
				ofPost(`list: replies(first: 5 CURSOR) { edges { cursor node { id } } }`), "before",
			},
			{
				"draft", `createPost(input: {title: "New", body: "New"})`, "postEdge",
				`{ list: posts(first: 5 filter: {status: [DRAFT]} CURSOR) { edges { cursor node { id } } } }`, "after",
			},
			{
				"post", `createPost(input: {title: "New", body: "New", publish: true})`, "postEdge",
				`{ list: posts(first: 5 CURSOR) { edges { cursor node { id } } } }`, "after",
			},
		} {
			t.Run(tt.name, func(t *testing.T) {
				var out map[string]map[string]edge
				s.Get(t, "alice", fmt.Sprintf(`mutation { done: %s { %s { cursor node { id } } } }`, tt.mutation, tt.edge), nil, &out)
				got := out["done"][tt.edge]
				read := func(argument string) []edge {
					t.Helper()
					var out struct {
						List edges
						Post struct{ List edges }
					}
					s.Get(t, "alice", strings.Replace(tt.list, "CURSOR", argument, 1), nil, &out)
					return append(out.List.Edges, out.Post.List.Edges...)
				}
				all := read("")
				if len(all) != 2 {
					t.Fatalf("the list holds %d, want 2", len(all))
				}
				if tt.beyond == "before" {
					slices.Reverse(all)
				}
				if diff := cmp.Diff(all[0], got); diff != "" {
					t.Errorf("the edge is not the list's (-list +answered):\n%s", diff)
				}
				if diff := cmp.Diff(all[1:], read(fmt.Sprintf("%s: %q", tt.beyond, got.Cursor))); diff != "" {
					t.Errorf("the page beyond the cursor (-want +got):\n%s", diff)
				}
			})
		}
		t.Run("published", func(t *testing.T) {
			draft := f.Post(alice, "Ready", post.StatusDRAFT)
			var out struct {
				PublishPost struct{ PostEdge edge }
				Posts       edges
			}
			s.Get(t, "alice", fmt.Sprintf(`mutation { publishPost(input: {id: %q}) { postEdge { cursor node { id } } } }`, draft.ID), nil, &out)
			s.Get(t, "alice", `{ posts(first: 1) { edges { cursor node { id } } } }`, nil, &out)
			if diff := cmp.Diff(out.Posts.Edges, []edge{out.PublishPost.PostEdge}); diff != "" {
				t.Errorf("the edge is not the list's (-list +answered):\n%s", diff)
			}
		})
	})
}
