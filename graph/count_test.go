package graph_test

import (
	"fmt"
	"slices"
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
			user: user(username: "ada") { posts { totalCount } } page: user(username: "ada") { posts(first: 1) { totalCount nodes { title } } } tag: tag(name: "clock") { posts { totalCount } } few: tags { totalCount } }`, nil, &got)
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

// TestPagesAreCounted counts lists in the statement that reads their pages, and
// by one of its own where that has no rows to tell it by.
func TestPagesAreCounted(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		alice, bob := f.User("alice", "USER"), f.User("bob", "USER")
		f.User("carol", "USER")
		for i := range 3 {
			f.Post(alice, fmt.Sprint("Alice ", i), post.StatusPUBLISHED)
		}
		f.Post(bob, "Bob", post.StatusPUBLISHED)
		f.Post(bob, "Draft", post.StatusDRAFT)
		type list struct {
			TotalCount int
			Nodes      []struct{ Title string }
			PageInfo   struct{ StartCursor, EndCursor string }
		}
		var all struct {
			Users struct {
				Nodes []struct {
					Username     string
					Posts, Plain list
				}
			}
		}
		answer := s.Get(t, "", `{ users { nodes { username posts(first: 2) { totalCount nodes { title } } plain: posts(first: 2) { nodes { title } } } } }`, nil, &all)
		want := map[string]int{"alice": 3, "bob": 1, "carol": 0}
		for _, u := range all.Users.Nodes {
			if u.Posts.TotalCount != want[u.Username] || len(u.Posts.Nodes) != min(2, want[u.Username]) || !slices.Equal(u.Posts.Nodes, u.Plain.Nodes) {
				t.Errorf("%s: %d posts, first %v and %v; want %d", u.Username, u.Posts.TotalCount, u.Posts.Nodes, u.Plain.Nodes, want[u.Username])
			}
		}
		if got := count(answer); got != 3 && !graphtest.Stock() {
			t.Errorf("it took %d statements, want 3: the users, their posts with the counts, and without:\n%s", got, answer.Body)
		}
		page := func(arguments string, statements int) list {
			var got struct{ User struct{ Posts list } }
			answer := s.Get(t, "", `{ user(username: "alice") { posts(`+arguments+`) { totalCount nodes { title } pageInfo { startCursor endCursor } } } }`, nil, &got)
			if n := count(answer); n != statements || got.User.Posts.TotalCount != 3 {
				t.Errorf("posts(%s): counts %d by %d statements, want 3 by %d:\n%s", arguments, got.User.Posts.TotalCount, n, statements, answer.Body)
			}
			return got.User.Posts
		}
		first := page("first: 2", 2).PageInfo
		page(fmt.Sprintf("first: 2, after: %q", first.EndCursor), 2)
		last := page("last: 1", 2).PageInfo
		page("first: 0", 2)
		page(fmt.Sprintf("first: 2, after: %q", last.EndCursor), 3)
		page(fmt.Sprintf("last: 2, before: %q", first.StartCursor), 3)
	})
}
