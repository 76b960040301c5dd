package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/graphtest"
)

type searchPage struct {
	Search struct {
		TotalCount int
		Edges      []struct {
			Cursor string
			Node   struct{ Title string }
		}
		PageInfo struct {
			HasNextPage bool
			EndCursor   *string
		}
	}
}

const searchPages = `query ($text: String!, $first: Int, $after: String) { search(query: $text, first: $first, after: $after) {
	edges { cursor node { ... on Post { title } } } pageInfo { hasNextPage endCursor } } }`

// TestSearchPagesStay walks the results of a search, of equal and of unequal
// rank, while others write, publish, change and withdraw posts with the same
// words: each result comes once, and no cursor moves.
func TestSearchPagesStay(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		f.User("alice", "USER")
		f.User("mallory", "USER")
		create := func(viewer, title, body string, publish bool) string {
			var made struct {
				CreatePost struct{ Post struct{ ID string } }
			}
			s.Get(t, viewer, `mutation ($in: CreatePostInput!) { createPost(input: $in) { post { id } } }`,
				map[string]any{"in": map[string]any{"title": title, "body": body, "publish": publish}}, &made)
			return made.CreatePost.Post.ID
		}
		var want []string
		for i := range 24 {
			title, body := fmt.Sprintf("Number %d", i), "A quartz clock keeps time."
			switch i % 4 {
			case 0:
				title = fmt.Sprintf("Quartz %d", i)
			case 1:
				body = "Quartz, quartz and clock."
			case 2:
				title = fmt.Sprintf("Quartz clock %d", i)
			}
			create("alice", title, body, true)
			want = append(want, title)
		}
		for range 60 { // so that the words are rare, and rank by their rarity would mean something
			create("alice", "Wood", "A table.", true)
		}
		get := func(after *string, first int) searchPage {
			var page searchPage
			s.Get(t, "", searchPages, map[string]any{"text": "quartz clock", "first": first, "after": after}, &page)
			return page
		}
		before := get(nil, 100)
		if title := before.Search.Edges[0].Node.Title; title != "Quartz clock 22" {
			t.Errorf("%q is first, want the newest with all words in its title", title)
		}
		var found []string
		var last string
		for page := get(nil, 5); ; page = get(page.Search.PageInfo.EndCursor, 5) {
			for _, e := range page.Search.Edges {
				found = append(found, e.Node.Title)
			}
			if !page.Search.PageInfo.HasNextPage {
				break
			}
			create("mallory", "Draft on quartz", "quartz quartz quartz clock clock", false)
			published := create("mallory", "More quartz clock", "quartz and clock", true)
			if last != "" {
				s.Get(t, "mallory", `mutation ($id: ID!) { archivePost(input: {id: $id}) { post { id } } }`, map[string]any{"id": last}, nil)
			}
			last = published
			s.Get(t, "mallory", `mutation ($id: ID!) { updatePost(input: {id: $id, body: "clock, quartz, other words"}) { post { id } } }`,
				map[string]any{"id": published}, nil)
		}
		found = slices.DeleteFunc(found, func(title string) bool { return title == "More quartz clock" })
		slices.Sort(found)
		slices.Sort(want)
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("results of all pages (-want +got):\n%s", diff)
		}
		cursors := map[string]string{}
		for _, e := range get(nil, 100).Search.Edges {
			cursors[e.Node.Title] = e.Cursor
		}
		for _, e := range before.Search.Edges {
			if cursors[e.Node.Title] != e.Cursor {
				t.Errorf("the cursor of %q moved", e.Node.Title)
			}
		}
	})
}

// TestSearchHoldsPublishedPosts looks into what search reads: the text of a
// post is there while it is published.
func TestSearchHoldsPublishedPosts(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		graphtest.NewFixture(t, s.DB).User("alice", "USER")
		rows := func() (n int) {
			if err := s.DB.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM post_search").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		var made struct {
			CreatePost struct{ Post struct{ ID string } }
		}
		s.Get(t, "alice", `mutation { createPost(input: {title: "Secret plan", body: "zebra"}) { post { id } } }`, nil, &made)
		id := map[string]any{"id": made.CreatePost.Post.ID}
		for _, step := range []struct {
			mutation string
			want     int
			status   post.Status
		}{
			{`updatePost(input: {id: $id, body: "zebras"})`, 0, post.StatusDRAFT},
			{`publishPost(input: {id: $id})`, 1, post.StatusPUBLISHED},
			{`updatePost(input: {id: $id, body: "zebra"})`, 1, post.StatusPUBLISHED},
			{`archivePost(input: {id: $id})`, 0, post.StatusARCHIVED},
			{`updatePost(input: {id: $id, body: "zebras!"})`, 0, post.StatusARCHIVED},
			{`publishPost(input: {id: $id})`, 1, post.StatusPUBLISHED},
		} {
			s.Get(t, "alice", `mutation ($id: ID!) { `+step.mutation+` { post { id } } }`, id, nil)
			var found struct{ Search struct{ TotalCount int } }
			s.Get(t, "alice", `{ search(query: "zebra") { totalCount } }`, nil, &found)
			if got := rows(); got != step.want || found.Search.TotalCount != step.want {
				t.Errorf("after %s: %d rows, %d found; want %d", step.mutation, got, found.Search.TotalCount, step.want)
			}
		}
	})
}

// TestSearchCountsWithThePage wants one statement for a page and the number of
// matches, and the same number from pages that do not know it.
func TestSearchCountsWithThePage(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		graphtest.NewFixture(t, s.DB).User("alice", "USER")
		for i := range 3 {
			s.Get(t, "alice", fmt.Sprintf(`mutation { createPost(input: {title: "Zebra %d", body: "Stripes.", publish: true}) { post { id } } }`, i), nil, nil)
		}
		var cursor string
		for _, tt := range []struct {
			arguments  string
			rows       int
			statements int
		}{{"first: 3", 3, 1}, {"last: 2", 2, 1}, {"first: 1, after: $after", 0, 2}, {"first: 0", 0, 1}} {
			arguments := strings.Replace(tt.arguments, "$after", strconv.Quote(cursor), 1)
			answer := s.Do(t, "", `{ search(query: "zebra", `+arguments+`) { totalCount edges { cursor node { __typename } } } }`, nil)
			var data struct {
				Search struct {
					TotalCount int
					Edges      []struct{ Cursor string }
				}
			}
			if err := json.Unmarshal(answer.Data, &data); err != nil {
				t.Fatalf("%v: %s", err, answer.Body)
			}
			if got := data.Search; got.TotalCount != 3 || len(got.Edges) != tt.rows || answer.Extensions.Explain.Count != tt.statements {
				t.Errorf("%s: %d of %d by %d statements, want %d of 3 by %d", tt.arguments, len(got.Edges), got.TotalCount, answer.Extensions.Explain.Count, tt.rows, tt.statements)
			}
			if cursor == "" {
				cursor = data.Search.Edges[2].Cursor
			}
		}
	})
}
