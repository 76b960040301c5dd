package graph_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/graph/examples"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

var statementsLine = regexp.MustCompile(`(?m)^# Statements: (\d+)$`)

// TestExamples runs every example at 1, 10 and 100 rows on both stores: it
// must succeed, and take the statements that it states at each of them.
func TestExamples(t *testing.T) {
	files, err := fs.Glob(examples.Files, "*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, store := range dbtest.Stores() {
		for _, rows := range []int{1, 10, 100} {
			t.Run(fmt.Sprintf("%s/%d", store, rows), func(t *testing.T) {
				t.Parallel()
				db := dbtest.Open(t, store)
				variables := exampleRows(t, graphtest.NewFixture(t, db), rows)
				s := graphtest.Start(t, db)
				stock := graphtest.Start(t, db, graphtest.WithSchema(graph.NewStockSchema))
				s.Get(t, "alice", `mutation { createPost(input: {title: "Migration", body: "Of an index, on a small budget.", publish: true}) { post { id } } }`, nil, nil)
				for _, file := range files {
					text, err := fs.ReadFile(examples.Files, file)
					if err != nil {
						t.Fatal(err)
					}
					stated := statementsLine.FindSubmatch(text)
					if stated == nil {
						t.Errorf("%s does not state its statements", file)
						continue
					}
					want, err := strconv.Atoi(string(stated[1]))
					if err != nil {
						t.Fatal(err)
					}
					query := string(text)
					answer := s.Do(t, "alice", query, used(query, variables))
					if len(answer.Errors) > 0 {
						t.Errorf("%s: %s", file, answer.Body)
						continue
					}
					if got := count(answer); got != want && !graphtest.Stock() {
						t.Errorf("%s takes %d statements, states %d:\n%s", file, got, want, list(answer))
					}
					if strings.Contains(query, "\nmutation ") {
						continue
					}
					if other := stock.Do(t, "alice", query, used(query, variables)); string(other.Data) != string(answer.Data) {
						t.Errorf("%s: gqlgen's executor answers otherwise (-breadth-first +gqlgen):\n%s", file, cmp.Diff(string(answer.Data), string(other.Data)))
					}
				}
			})
		}
	}
}

// count leaves out the statement that finds the viewer by the header of
// development.
func count(a *graphtest.Answer) int {
	n := a.Extensions.Explain.Count
	for _, s := range a.Extensions.Explain.Statements {
		if s.Loader == "viewer" {
			n--
		}
	}
	return n
}

func list(a *graphtest.Answer) string {
	var b strings.Builder
	for _, s := range a.Extensions.Explain.Statements {
		fmt.Fprintf(&b, "%s (%d keys, %d rows): %s\n", s.Loader, s.Keys, s.Rows, s.SQL)
	}
	return b.String()
}

// used keeps the variables that the operation declares.
func used(query string, variables map[string]any) map[string]any {
	kept := make(map[string]any)
	for name, v := range variables {
		if strings.Contains(query, "$"+name+":") {
			kept[name] = v
		}
	}
	return kept
}

// exampleRows makes n rows of each list that the examples read, and returns
// the variables that they need.
func exampleRows(t *testing.T, f *graphtest.Fixture, n int) map[string]any {
	t.Helper()
	alice := f.User("alice", auth.RoleUser)
	users := []*ent.User{alice}
	for i := 1; i < n; i++ {
		users = append(users, f.User(fmt.Sprintf("user%03d", i), auth.RoleUser))
	}
	other := f.User("other", auth.RoleUser)
	var posts []*ent.Post
	for i := range n {
		p := f.Post(users[i%len(users)], fmt.Sprintf("Garden %d", i), post.StatusPUBLISHED)
		posts = append(posts, p)
		f.Post(alice, fmt.Sprintf("Draft %d", i), post.StatusDRAFT)
		// More than one comment a post, by somebody who wrote no post.
		f.Comment(other, p, "A comment.")
		f.Comment(users[(i+1)%len(users)], p, "Another comment.")
	}
	for i := range n {
		f.Tag(fmt.Sprintf("tag%03d", i), posts[i])
	}
	f.Tag("news")
	first := posts[0]
	for range n {
		f.Reply(other, first, post.StatusPUBLISHED)
		f.Comment(other, first, "On the first.")
	}
	comment := f.Comment(other, first, "The last.")
	ids := []any{alice.ID.String(), comment.ID.String()}
	for _, p := range posts[:min(n, 90)] {
		ids = append(ids, p.ID.String())
	}
	tag := f.Tag("zebra", first)
	return map[string]any{"id": first.ID.String(), "postId": first.ID.String(), "ids": append(ids, tag.ID.String())}
}
