package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/graphtest"
)

// TestRepliesFollowTheirPost archives a post and looks for a reply to it, and
// for a comment on the reply, by every path: they are there for whoever may see
// the post, and the reply for its own author.
func TestRepliesFollowTheirPost(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		author, helper := f.User("author", auth.RoleUser), f.User("helper", auth.RoleUser)
		f.User("stranger", auth.RoleUser)
		f.User("moderator", auth.RoleModerator)
		question := f.Post(author, "Question", post.StatusPUBLISHED)
		var reply struct {
			ReplyToPost struct{ Post struct{ ID string } }
		}
		s.Get(t, "helper", fmt.Sprintf(`mutation { replyToPost(input: {postId: %q, body: "followme"}) { post { id } } }`, question.ID), nil, &reply)
		id := reply.ReplyToPost.Post.ID
		var comment struct {
			AddComment struct{ Comment struct{ ID string } }
		}
		s.Get(t, "stranger", fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: "followme"}) { comment { id } } }`, id), nil, &comment)
		paths := map[string]string{
			"post":      fmt.Sprintf(`{ post(id: %q) { body } }`, id),
			"node":      fmt.Sprintf(`{ node(id: %q) { ... on Post { body } } }`, id),
			"list":      `{ posts(filter: {includeReplies: true}) { nodes { body } } }`,
			"by score":  `{ posts(filter: {includeReplies: true}, orderBy: {field: SCORE, direction: ASC}) { nodes { body } } }`,
			"of all":    `{ posts(filter: {includeReplies: true, status: [PUBLISHED, DRAFT]}) { nodes { body } } }`,
			"of author": fmt.Sprintf(`{ user(id: %q) { posts(filter: {includeReplies: true}) { nodes { body } } } }`, helper.ID),
			"search":    `{ search(query: "followme") { nodes { ... on Post { body } } } }`,
			"comment":   fmt.Sprintf(`{ node(id: %q) { ... on Comment { body } } }`, comment.AddComment.Comment.ID),
			"comments":  `{ user(username: "stranger") { comments { nodes { body } } } }`,
		}
		counts := map[string]string{
			"list":     `{ posts(filter: {includeReplies: true, authorId: "` + helper.ID.String() + `"}) { totalCount } }`,
			"search":   `{ search(query: "followme") { totalCount } }`,
			"comments": `{ user(username: "stranger") { comments { totalCount } } }`,
		}
		check := func(viewer string, sees func(path string) bool) {
			t.Helper()
			for path, query := range paths {
				answer := s.Get(t, viewer, query, nil, nil)
				if got, want := strings.Contains(string(answer.Data), "followme"), sees(path); got != want {
					t.Errorf("%q by %s: sees it is %v, want %v", viewer, path, got, want)
				}
			}
			for path, query := range counts {
				answer := s.Get(t, viewer, query, nil, nil)
				if got, want := strings.Contains(string(answer.Data), `"totalCount":1`), sees(path); got != want {
					t.Errorf("%q counts by %s: %s", viewer, path, answer.Data)
				}
			}
		}
		always := func(string) bool { return true }
		check("", always)
		s.Get(t, "author", fmt.Sprintf(`mutation { archivePost(input: {id: %q}) { post { id } } }`, question.ID), nil, nil)
		check("author", always)
		check("moderator", always)
		for _, viewer := range []string{"", "stranger"} {
			check(viewer, func(string) bool { return false })
		}
		// Its author has it still, where posts of one's own are.
		check("helper", func(path string) bool {
			return map[string]bool{"post": true, "node": true, "of all": true, "comment": true, "comments": true}[path]
		})
		answer := s.Do(t, "stranger", fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: "x"}) { comment { id } } }`, id), nil)
		if answer.Code(t) != "NOT_FOUND" {
			t.Errorf("a comment on a reply that is gone: %s", answer.Body)
		}
		s.Get(t, "author", fmt.Sprintf(`mutation { publishPost(input: {id: %q}) { post { id } } }`, question.ID), nil, nil)
		check("stranger", always)
	})
}

// TestTagsOfDrafts looks for tags that no published post has, by every path.
func TestTagsOfDrafts(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		author := f.User("author", auth.RoleUser)
		f.User("moderator", auth.RoleModerator)
		f.Tag("hidden-archived", f.Post(author, "Archived", post.StatusARCHIVED))
		f.Tag("shown", f.Post(author, "Out", post.StatusPUBLISHED))
		var draft struct {
			CreatePost struct {
				Post struct {
					ID   string
					Tags []struct{ ID string }
				}
			}
		}
		s.Get(t, "author", `mutation { createPost(input: {title: "t", body: "b", tags: ["hidden-draft"]}) { post { id tags { id } } } }`, nil, &draft)
		tag := draft.CreatePost.Post.Tags[0].ID
		paths := map[string]string{
			"tag":    `{ tag(name: "hidden-draft") { name } }`,
			"node":   fmt.Sprintf(`{ node(id: %q) { ... on Tag { name } } }`, tag),
			"nodes":  fmt.Sprintf(`{ nodes(ids: [%q]) { ... on Tag { name } } }`, tag),
			"tags":   `{ tags(prefix: "hidden-d") { nodes { name } } }`,
			"all":    `{ tags(last: 50) { nodes { name } } }`,
			"search": `{ search(query: "hidden-d", type: TAG) { nodes { ... on Tag { name } } } }`,
		}
		const counts = `{ tags { totalCount } search(query: "hidden", type: TAG) { totalCount } }`
		check := func(viewer string, sees bool, count string) {
			t.Helper()
			for path, query := range paths {
				answer := s.Get(t, viewer, query, nil, nil)
				if got := strings.Contains(string(answer.Data), "hidden-draft"); got != sees {
					t.Errorf("%q by %s: sees it is %v, want %v", viewer, path, got, sees)
				}
			}
			if got := s.Get(t, viewer, counts, nil, nil).Data; string(got) != count {
				t.Errorf("%q counts %s, want %s", viewer, got, count)
			}
		}
		check("", false, `{"tags":{"totalCount":1},"search":{"totalCount":0}}`)
		check("author", false, `{"tags":{"totalCount":1},"search":{"totalCount":0}}`)
		check("moderator", true, `{"tags":{"totalCount":3},"search":{"totalCount":2}}`)
		own := s.Get(t, "author", fmt.Sprintf(`{ post(id: %q) { tags { name } } }`, draft.CreatePost.Post.ID), nil, nil)
		if !strings.Contains(string(own.Data), "hidden-draft") {
			t.Errorf("the author does not see the tag of the draft: %s", own.Data)
		}
		s.Get(t, "author", fmt.Sprintf(`mutation { publishPost(input: {id: %q}) { post { id } } }`, draft.CreatePost.Post.ID), nil, nil)
		check("", true, `{"tags":{"totalCount":2},"search":{"totalCount":1}}`)
		s.Get(t, "author", fmt.Sprintf(`mutation { archivePost(input: {id: %q}) { post { id } } }`, draft.CreatePost.Post.ID), nil, nil)
		check("", false, `{"tags":{"totalCount":1},"search":{"totalCount":0}}`)
	})
}
