package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

type postState struct {
	ID, Status  string
	Title       *string
	BodyHTML    string `json:"bodyHtml"`
	Excerpt     string
	PublishedAt *string
	Tags        []struct{ Name string }
	Parent      *struct{ ID string }
	Author      struct{ Username string }
}

const postFields = `{ id status title bodyHtml excerpt publishedAt tags { name } parent { id } author { username } }`

// counts are what the public lists hold.
type counts struct {
	Posts struct{ TotalCount int }
	Tag   *struct {
		Posts struct {
			TotalCount int
			Nodes      []struct{ ID string }
		}
	}
	Search struct{ TotalCount int }
}

// TestLifeOfAPost takes a post from draft to deletion and looks at the public
// lists after each step.
func TestLifeOfAPost(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		f.User("alice", auth.RoleUser)
		f.User("bob", auth.RoleUser)
		s := graphtest.Start(t, db)
		listed := func(want int) {
			t.Helper()
			var c counts
			s.Get(t, "bob", `{ posts { totalCount } tag(name: "looms") { posts { totalCount nodes { id } } } search(query: "warp") { totalCount } }`, nil, &c)
			if c.Posts.TotalCount != want || c.Search.TotalCount != want {
				t.Errorf("the lists hold %+v, want %d everywhere", c, want)
			}
			// The tag is there as long as a post that is out has it.
			if (c.Tag != nil) != (want > 0) || c.Tag != nil && (c.Tag.Posts.TotalCount != want || len(c.Tag.Posts.Nodes) != want) {
				t.Errorf("the tag is %+v, want %d posts", c.Tag, want)
			}
		}
		change := func(mutation, input string) postState {
			t.Helper()
			var out map[string]struct{ Post postState }
			s.Get(t, "alice", fmt.Sprintf(`mutation { %s(input: %s) { post %s } }`, mutation, input, postFields), nil, &out)
			return out[mutation].Post
		}
		made := change("createPost", `{title: "  Warp and weft ", body: "A *loom*.\n\n<script>alert(1)</script>", tags: ["Looms", "yarn", "looms"]}`)
		if made.Status != "DRAFT" || made.PublishedAt != nil || *made.Title != "Warp and weft" || made.Excerpt != "A loom." || made.BodyHTML != "<p>A <em>loom</em>.</p>\n" {
			t.Errorf("created %+v", made)
		}
		if diff := cmp.Diff([]struct{ Name string }{{"looms"}, {"yarn"}}, made.Tags); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
		listed(0)
		id := fmt.Sprintf(`{id: %q}`, made.ID)
		published := change("publishPost", id)
		if published.Status != "PUBLISHED" || published.PublishedAt == nil {
			t.Errorf("published %+v", published)
		}
		listed(1)
		if again := change("publishPost", id); *again.PublishedAt != *published.PublishedAt {
			t.Error("publishing again changed the time")
		}
		if archived := change("archivePost", id); archived.Status != "ARCHIVED" {
			t.Errorf("archived %+v", archived)
		}
		listed(0)
		if back := change("publishPost", id); *back.PublishedAt != *published.PublishedAt {
			t.Error("publishing an archived post changed when it was first published")
		}
		listed(1)
		change("updatePost", fmt.Sprintf(`{id: %q, body: "About needles."}`, made.ID))
		change("updatePost", fmt.Sprintf(`{id: %q, title: "Knitting"}`, made.ID))
		var found counts
		s.Get(t, "", `{ search(query: "warp") { totalCount } }`, nil, &found)
		if found.Search.TotalCount != 0 {
			t.Error("search still finds words that were changed away")
		}
		reply := change("replyToPost", fmt.Sprintf(`{postId: %q, body: "Indeed."}`, made.ID))
		if reply.Status != "PUBLISHED" || reply.Title != nil || reply.Parent == nil || reply.Parent.ID != made.ID {
			t.Errorf("replied %+v", reply)
		}
		if filed := change("setPostTags", fmt.Sprintf(`{id: %q, tags: ["wool"]}`, made.ID)); len(filed.Tags) != 1 || filed.Tags[0].Name != "wool" {
			t.Errorf("filed %+v", filed.Tags)
		}
		s.Get(t, "alice", fmt.Sprintf(`mutation { deletePost(input: {id: %q}) { deletedPostId } }`, made.ID), nil, nil)
		var gone struct{ Post, Reply any }
		s.Get(t, "alice", fmt.Sprintf(`{ post(id: %q) { id } reply: post(id: %q) { id } }`, made.ID, reply.ID), nil, &gone)
		if gone.Post != nil || gone.Reply != nil {
			t.Errorf("after deletion there is %+v", gone)
		}
	})
}

// TestWhoMayChangeWhat tries each change as each viewer.
func TestWhoMayChangeWhat(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		author := f.User("author", auth.RoleUser)
		f.User("stranger", auth.RoleUser)
		f.User("moderator", auth.RoleModerator)
		s := graphtest.Start(t, db)
		for _, tt := range []struct{ mutation, author, moderator string }{
			{`updatePost(input: {id: "POST", title: "x"}) { post { id } }`, "", ""},
			{`archivePost(input: {id: "POST"}) { post { id } }`, "", ""},
			{`setPostTags(input: {id: "POST", tags: ["x"]}) { post { id } }`, "", ""},
			{`updateComment(input: {id: "COMMENT", body: "x"}) { comment { id } }`, "", "FORBIDDEN"},
			{`deleteComment(input: {id: "COMMENT"}) { deletedCommentId post { id } }`, "", ""},
			{`deletePost(input: {id: "POST"}) { deletedPostId }`, "", ""},
		} {
			for viewer, want := range map[string]string{"": "UNAUTHENTICATED", "stranger": "FORBIDDEN", "author": tt.author, "moderator": tt.moderator} {
				p := f.Post(author, "Post", post.StatusPUBLISHED)
				c := f.Comment(author, p, "Comment")
				query := "mutation { " + tt.mutation + " }"
				for old, id := range map[string]string{"POST": p.ID.String(), "COMMENT": c.ID.String()} {
					query = strings.ReplaceAll(query, old, id)
				}
				if got := s.Do(t, viewer, query, nil).Code(t); got != want {
					t.Errorf("%s as %q: code %q, want %q", tt.mutation, viewer, got, want)
				}
			}
		}
		archived := f.Post(author, "Archived", post.StatusARCHIVED)
		if got := s.Do(t, "moderator", fmt.Sprintf(`mutation { publishPost(input: {id: %q}) { post { id } } }`, archived.ID), nil).Code(t); got != "FORBIDDEN" {
			t.Errorf("a moderator publishes for the author: code %q", got)
		}
		if got := s.Do(t, "nobody", `{ viewer { id } }`, nil); got.Status != 401 {
			t.Errorf("an unknown viewer is answered with %d", got.Status)
		}
	})
}

// TestSerialMutation runs root fields one after the other, each seeing what the
// one before it changed.
func TestSerialMutation(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		p := f.Post(alice, "Post", post.StatusPUBLISHED)
		s := graphtest.Start(t, db)
		var out map[string]struct {
			Comment struct {
				Post struct {
					Comments struct{ TotalCount int }
				}
			}
		}
		s.Get(t, "alice", fmt.Sprintf(`mutation {
			a: addComment(input: {postId: %[1]q, body: "1"}) { ...count }
			b: addComment(input: {postId: %[1]q, body: "2"}) { ...count }
			c: addComment(input: {postId: %[1]q, body: "3"}) { ...count }
		}
		fragment count on AddCommentPayload { comment { post { comments { totalCount } } } }`, p.ID), nil, &out)
		for i, alias := range []string{"a", "b", "c"} {
			if got := out[alias].Comment.Post.Comments.TotalCount; got != i+1 {
				t.Errorf("%s sees %d comments, want %d", alias, got, i+1)
			}
		}
	})
}

// TestManyWriters has 20 clients file posts under the same new tags at once:
// none is refused and no tag is there twice.
func TestManyWriters(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		f.User("alice", auth.RoleUser)
		s := graphtest.Start(t, db)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				answer := s.Do(t, "alice", `mutation ($in: CreatePostInput!) { createPost(input: $in) { post { id } } }`, map[string]any{
					"in": map[string]any{"title": fmt.Sprint("Post ", i), "body": "x", "publish": true, "tags": []string{"one", "two", "three"}},
				})
				if len(answer.Errors) > 0 {
					t.Errorf("%s", answer.Body)
				}
			})
		}
		all.Wait()
		var out struct {
			Tags struct {
				TotalCount int
				Nodes      []struct {
					Name  string
					Posts struct{ TotalCount int }
				}
			}
		}
		s.Get(t, "", `{ tags { totalCount nodes { name posts { totalCount } } } }`, nil, &out)
		if out.Tags.TotalCount != 3 {
			t.Errorf("%d tags, want 3", out.Tags.TotalCount)
		}
		for _, tag := range out.Tags.Nodes {
			if tag.Posts.TotalCount != 20 {
				t.Errorf("%s has %d posts, want 20", tag.Name, tag.Posts.TotalCount)
			}
		}
	})
}
