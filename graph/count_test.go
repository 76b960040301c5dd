package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/query"
)

// TestCountsAreBounded has more posts than a count goes through, and than a search
// finds.
func TestCountsAreBounded(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		author := graphtest.NewFixture(t, s.DB).User("ada", "USER").ID
		const many = query.MaxCount + 1
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		rows := make([]bulk.Post, many)
		for i := range rows {
			rows[i] = bulk.Post{
				ID: typeid.NewPost(), Title: fmt.Sprint("Quartz ", i), Body: "It keeps time.", Text: "It keeps time.",
				Format: post.BodyFormatMARKDOWN, Status: post.StatusPUBLISHED, AuthorID: author, Tags: []string{"clock"},
				PublishedAt: now.Add(time.Duration(i) * time.Second), CreatedAt: now, UpdatedAt: now,
			}
		}
		err := bulk.InTx(t.Context(), s.DB, func(w *bulk.Writer) error {
			if _, err := w.Tags(t.Context(), []bulk.Tag{{ID: typeid.NewTag(), Name: "clock", CreatedAt: now}}); err != nil {
				return err
			}
			_, err := w.Posts(t.Context(), rows)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]struct {
			TotalCount int
			Posts      *struct{ TotalCount int }
		}
		s.Get(t, "", `{ search: search(query: "quartz", first: 1) { totalCount } filter: posts(first: 1, filter: {tags: ["clock"]}) { totalCount }
			replies: posts(filter: {includeReplies: true}) { totalCount } all: posts(first: 1) { totalCount }
			user: user(username: "ada") { posts { totalCount } } tag: tag(name: "clock") { posts { totalCount } } few: tags { totalCount } }`, nil, &got)
		for list, count := range got {
			n, want := count.TotalCount, query.MaxCount
			if count.Posts != nil {
				n = count.Posts.TotalCount
			}
			switch list {
			case "few":
				want = 1
			case "search":
				want = query.MaxMatches
			}
			if n != want {
				t.Errorf("%s: of %d posts with one tag it counts %d, want %d", list, many, n, want)
			}
		}
		var ends map[string]struct{ Nodes []struct{ Title string } }
		s.Get(t, "", `{ best: search(query: "quartz", first: 1) { nodes { ... on Post { title } } }
			worst: search(query: "quartz", last: 1) { nodes { ... on Post { title } } } }`, nil, &ends)
		for list, want := range map[string]string{"best": fmt.Sprint("Quartz ", many-1), "worst": fmt.Sprint("Quartz ", many-query.MaxMatches)} {
			if nodes := ends[list].Nodes; len(nodes) != 1 || nodes[0].Title != want {
				t.Errorf("%s of %d posts with a word: %v, want %s, of the newest %d", list, many, nodes, want, query.MaxMatches)
			}
		}
	})
}
