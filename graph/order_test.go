package graph_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/graphtest"
)

// TestOrderByUpdatedAt walks the lists of comments and posts by their last
// change, in pages, both ways.
func TestOrderByUpdatedAt(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		author := f.User("author", "USER")
		on := f.Post(author, "On", post.StatusPUBLISHED)
		at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		var want []string
		for i := range 7 {
			// Changed in another order than written, some at the same moment.
			changed := at.Add(time.Duration((i*3)%7/2) * time.Minute)
			c := f.Comment(author, on, fmt.Sprintf("Comment %d", i))
			s.DB.Client().Comment.UpdateOne(c).SetUpdatedAt(changed).ExecX(t.Context())
			p := f.Post(author, fmt.Sprintf("Post %d", i), post.StatusPUBLISHED)
			s.DB.Client().Post.UpdateOne(p).SetUpdatedAt(changed).ExecX(t.Context())
		}
		for _, i := range []int{0, 5, 1, 3, 4, 6, 2} { // at 0 0 1 1 2 2 3, and by id
			want = append(want, strconv.Itoa(i))
		}
		for list, query := range map[string]string{
			"post's comments": `query ($n: Int, $a: String, $d: OrderDirection!) { list: post(id: "` + on.ID.String() + `") { rows: comments(first: $n, after: $a, orderBy: {field: UPDATED_AT, direction: $d}) { nodes { text: body } pageInfo { endCursor hasNextPage } } } }`,
			"user's comments": `query ($n: Int, $a: String, $d: OrderDirection!) { list: user(username: "author") { rows: comments(first: $n, after: $a, orderBy: {field: UPDATED_AT, direction: $d}) { nodes { text: body } pageInfo { endCursor hasNextPage } } } }`,
			"user's posts":    `query ($n: Int, $a: String, $d: OrderDirection!) { list: user(username: "author") { rows: posts(first: $n, after: $a, filter: {createdFrom: "2026-01-01T00:00:03Z"}, orderBy: {field: UPDATED_AT, direction: $d}) { nodes { text: title } pageInfo { endCursor hasNextPage } } } }`,
		} {
			for _, direction := range []string{"ASC", "DESC"} {
				var got []string
				var after *string
				for range 4 {
					var page struct {
						List struct {
							Rows struct {
								Nodes    []struct{ Text string }
								PageInfo struct {
									EndCursor   *string
									HasNextPage bool
								}
							}
						}
					}
					s.Get(t, "", query, map[string]any{"n": 3, "a": after, "d": direction}, &page)
					for _, node := range page.List.Rows.Nodes {
						got = append(got, node.Text[len(node.Text)-1:])
					}
					after = page.List.Rows.PageInfo.EndCursor
					if !page.List.Rows.PageInfo.HasNextPage {
						break
					}
				}
				if direction == "DESC" {
					slices.Reverse(got)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s %s (-want +got):\n%s", list, direction, diff)
				}
			}
		}
	})
}

// TestNoPicture answers null for a user without a picture.
func TestNoPicture(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		f.User("plain", "USER")
		pretty := f.User("pretty", "USER")
		s.DB.Client().User.UpdateOne(pretty).SetAvatarURL("https://example.org/a.png").ExecX(t.Context())
		answer := s.Get(t, "", `{ users(orderBy: {field: USERNAME, direction: ASC}) { nodes { avatarUrl } } }`, nil, nil)
		if got := string(answer.Data); got != `{"users":{"nodes":[{"avatarUrl":null},{"avatarUrl":"https://example.org/a.png"}]}}` {
			t.Errorf("got %s", got)
		}
	})
}
