package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// TestHiddenPosts looks for posts that are not out by every path there is:
// they are there for their author and moderators, and for others as absent as
// an id that never existed.
func TestHiddenPosts(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		author := f.User("author", auth.RoleUser)
		f.User("stranger", auth.RoleUser)
		f.User("moderator", auth.RoleModerator)
		out := f.Post(author, "Out", post.StatusPUBLISHED)
		draft := f.Post(author, "Hidden draft", post.StatusDRAFT)
		archived := f.Post(author, "Hidden archived", post.StatusARCHIVED)
		reply := f.Reply(author, archived, post.StatusPUBLISHED)
		comment := f.Comment(author, archived, "Hidden comment")
		f.Tag("tag", out, draft, archived)
		f.Comment(author, out, "Seen")

		for _, schema := range []struct {
			name  string
			start func() *graphtest.Server
		}{
			{"breadth-first", func() *graphtest.Server { return graphtest.Start(t, db) }},
			{"gqlgen", func() *graphtest.Server { return graphtest.Start(t, db, graphtest.WithSchema(graph.NewStockSchema)) }},
		} {
			s := schema.start()
			for viewer, sees := range map[string]bool{"": false, "stranger": false, "author": true, "moderator": true} {
				t.Run(schema.name+"/"+viewer, func(t *testing.T) {
					for path, query := range hiddenPaths(author, draft, archived, reply, comment) {
						answer := s.Get(t, viewer, query, nil, nil)
						if got := strings.Contains(string(answer.Data), "Hidden"); got != sees {
							t.Errorf("%s: sees it is %v, want %v\n%s", path, got, sees, answer.Data)
						}
					}
					var lists struct {
						Posts, All struct{ TotalCount int }
						User       struct {
							Comments struct{ TotalCount int }
						}
						Tag struct {
							Posts struct {
								TotalCount int
								Nodes      []struct{ Title string }
							}
						}
					}
					s.Get(t, viewer, `{
						posts { totalCount }
						all: posts(filter: {status: [DRAFT, PUBLISHED, ARCHIVED]}) { totalCount }
						user(username: "AUTHOR") { comments { totalCount } }
						tag(name: "tag") { posts { totalCount nodes { title } } }
					}`, nil, &lists)
					wantAll, wantComments := 1, 1
					if sees {
						wantAll, wantComments = 3, 2
					}
					if lists.Posts.TotalCount != 1 || lists.All.TotalCount != wantAll || lists.User.Comments.TotalCount != wantComments {
						t.Errorf("counts %+v, want 1 post, %d of all states, %d comments", lists, wantAll, wantComments)
					}
					if lists.Tag.Posts.TotalCount != 1 || len(lists.Tag.Posts.Nodes) != 1 {
						t.Errorf("posts of the tag: %+v, want the one that is out", lists.Tag.Posts)
					}
				})
			}
		}
	})
}

// hiddenPaths are operations that show the word Hidden to whoever may see what
// is not out.
func hiddenPaths(author *ent.User, draft, archived, reply *ent.Post, comment *ent.Comment) map[string]string {
	paths := map[string]string{
		"comment node":   fmt.Sprintf(`{ node(id: %q) { ... on Comment { body } } }`, comment.ID),
		"comment's post": fmt.Sprintf(`{ nodes(ids: [%q]) { ... on Comment { post { title } } } }`, comment.ID),
		"reply's parent": fmt.Sprintf(`{ node(id: %q) { ... on Post { parent { title } } } }`, reply.ID),
		"user's comments": fmt.Sprintf(
			`{ node(id: %q) { ... on User { comments { nodes { body } } } } }`, author.ID),
		"user's posts": fmt.Sprintf(
			`{ user(id: %q) { posts(filter: {status: [DRAFT, ARCHIVED]}) { edges { node { title } } } } }`, author.ID),
		"root by author": fmt.Sprintf(
			`{ posts(filter: {authorId: %q, status: [PUBLISHED, DRAFT]}) { nodes { title } } }`, author.ID),
		"root by tag": `{ posts(filter: {tags: ["tag"], status: [DRAFT]}) { nodes { title } } }`,
		"root by all": `{ posts(filter: {status: [ARCHIVED]}, last: 5, orderBy: {field: SCORE, direction: ASC}) { nodes { title } } }`,
	}
	for name, p := range map[string]*ent.Post{"draft": draft, "archived": archived} {
		paths[name+" post"] = fmt.Sprintf(`{ post(id: %q) { title } }`, p.ID)
		paths[name+" node"] = fmt.Sprintf(`{ node(id: %q) { ... on Post { title } } }`, p.ID)
		paths[name+" nodes"] = fmt.Sprintf(`{ nodes(ids: [%q]) { ... on Post { title } } }`, p.ID)
	}
	return paths
}

// TestHiddenPostsCannotBeChanged answers a stranger in the same words whether
// a post is hidden or never was.
func TestHiddenPostsCannotBeChanged(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		author := f.User("author", auth.RoleUser)
		f.User("stranger", auth.RoleUser)
		draft := f.Post(author, "Draft", post.StatusDRAFT)
		s := graphtest.Start(t, db)
		const never = "post_01h455vb4pex5vsknk084sn02q"
		for _, mutation := range []string{
			`updatePost(input: {id: "ID", title: "x"}) { post { id } }`,
			`publishPost(input: {id: "ID"}) { post { id } }`,
			`archivePost(input: {id: "ID"}) { post { id } }`,
			`deletePost(input: {id: "ID"}) { deletedPostId }`,
			`setPostTags(input: {id: "ID", tags: []}) { post { id } }`,
			`replyToPost(input: {postId: "ID", body: "x"}) { post { id } }`,
			`addComment(input: {postId: "ID", body: "x"}) { comment { id } }`,
		} {
			words := func(id string) string {
				answer := s.Do(t, "stranger", "mutation { "+strings.ReplaceAll(mutation, "ID", id)+" }", nil)
				if code := answer.Code(t); code != "NOT_FOUND" {
					t.Errorf("%s: code %q, want NOT_FOUND", mutation, code)
					return ""
				}
				return strings.ReplaceAll(answer.Errors[0].Message, id, "ID")
			}
			if hidden, absent := words(draft.ID.String()), words(never); hidden != absent {
				t.Errorf("%s: says %q of a hidden post and %q of none", mutation, hidden, absent)
			}
		}
	})
}
