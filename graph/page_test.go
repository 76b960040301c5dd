package graph_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

type postPage struct {
	Edges []struct {
		Cursor string
		Node   struct{ Title string }
	}
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
}

func (p postPage) titles() []string {
	var titles []string
	for _, e := range p.Edges {
		titles = append(titles, e.Node.Title)
	}
	return titles
}

const postPages = `query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: PostOrder, $user: String!) {
	posts(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { ...page }
	user(username: $user) { posts(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { ...page } }
	tag(name: "tag") { posts(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { ...page } }
}
fragment page on PostConnection {
	edges { cursor node { title } }
	pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}`

// TestPagesBothWays walks each list of posts in each order to its end and back,
// in pages of 3, while posts are added in front.
func TestPagesBothWays(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		author := f.User("author", auth.RoleUser)
		tag := f.Tag("tag")
		for i := range 10 {
			p := f.Post(author, fmt.Sprintf("Post %d", i), post.StatusPUBLISHED)
			if err := db.Client().PostTag.Create().SetPostID(p.ID).SetTagID(tag.ID).SetPublishedAt(*p.PublishedAt).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		s := graphtest.Start(t, db)
		for name, order := range map[string]any{
			"default":   nil,
			"published": map[string]string{"field": "PUBLISHED_AT", "direction": "ASC"},
			"created":   map[string]string{"field": "CREATED_AT", "direction": "DESC"},
			"top":       map[string]string{"field": "SCORE", "direction": "DESC"},
			"bottom":    map[string]string{"field": "SCORE", "direction": "ASC"},
		} {
			for list, pick := range map[string]func(pages) postPage{
				"root": func(p pages) postPage { return p.Posts },
				"user": func(p pages) postPage { return p.User.Posts },
				"tag":  func(p pages) postPage { return p.Tag.Posts },
			} {
				t.Run(name+"/"+list, func(t *testing.T) {
					get := func(arguments map[string]any) postPage {
						arguments["orderBy"], arguments["user"] = order, "author"
						query := postPages
						// A cursor belongs to one list: ask for that one alone.
						if len(arguments) > 3 {
							query = only(list)
						}
						var out pages
						s.Get(t, "", query, arguments, &out)
						return pick(out)
					}
					all := get(map[string]any{"first": 100})
					if len(all.Edges) != 10 || all.PageInfo.HasNextPage || all.PageInfo.HasPreviousPage {
						t.Fatalf("the whole list: %+v", all)
					}
					var forth []string
					page := get(map[string]any{"first": 3})
					for {
						forth = append(forth, page.titles()...)
						if !page.PageInfo.HasNextPage {
							break
						}
						page = get(map[string]any{"first": 3, "after": *page.PageInfo.EndCursor})
						if !page.PageInfo.HasPreviousPage {
							t.Error("a page after a cursor has nothing before it")
						}
					}
					if diff := cmp.Diff(all.titles(), forth); diff != "" {
						t.Errorf("forwards (-want +got):\n%s", diff)
					}
					var back []string
					page = get(map[string]any{"last": 3})
					for {
						back = append(page.titles(), back...)
						if !page.PageInfo.HasPreviousPage {
							break
						}
						page = get(map[string]any{"last": 3, "before": page.Edges[0].Cursor})
					}
					if diff := cmp.Diff(all.titles(), back); diff != "" {
						t.Errorf("backwards (-want +got):\n%s", diff)
					}
					between := get(map[string]any{"first": 100, "after": all.Edges[2].Cursor, "before": all.Edges[7].Cursor})
					if diff := cmp.Diff(all.titles()[3:7], between.titles()); diff != "" {
						t.Errorf("between two cursors (-want +got):\n%s", diff)
					}
				})
			}
		}
		var before, after pages
		s.Get(t, "", only("root"), map[string]any{"first": 3, "user": ""}, &before)
		f.Post(author, "New in front", post.StatusPUBLISHED)
		s.Get(t, "", only("root"), map[string]any{"first": 3, "after": *before.Posts.PageInfo.EndCursor, "user": ""}, &after)
		if slices.Contains(before.Posts.titles(), after.Posts.titles()[0]) {
			t.Errorf("a post came twice: %v then %v", before.Posts.titles(), after.Posts.titles())
		}
	})
}

type pages struct {
	Posts postPage
	User  struct{ Posts postPage }
	Tag   struct{ Posts postPage }
}

// only is postPages with a single list.
func only(list string) string {
	selection := map[string]string{
		"root": `posts(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { ...page }`,
		"user": `user(username: $user) { posts(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { ...page } }`,
		"tag":  `tag(name: "tag") { posts(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { ...page } } user(username: $user) { id }`,
	}[list]
	if list == "root" {
		selection += ` viewer { id } user(username: "nobody") @skip(if: true) { id } unused: user(username: $user) @include(if: false) { id }`
	}
	return `query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: PostOrder, $user: String!) { ` + selection + ` }
fragment page on PostConnection {
	edges { cursor node { title } }
	pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}`
}

// TestCursorsOfOthers sends a cursor of one object's list to that of another:
// it is refused, as it is where one field lists many objects.
func TestCursorsOfOthers(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		alice, bob := f.User("alice", auth.RoleUser), f.User("bob", auth.RoleUser)
		p, q := f.Post(alice, "A", post.StatusPUBLISHED), f.Post(bob, "B", post.StatusPUBLISHED)
		f.Comment(alice, p, "c")
		f.Comment(alice, q, "d")
		f.Tag("tag", p, q)
		f.Tag("other", p, q)
		f.Reply(bob, p, post.StatusPUBLISHED)
		for name, tt := range map[string]struct {
			list   string // with a cursor as %s
			own    any
			others []any
		}{
			"User.posts":    {`node(id: %q) { ... on User { l: posts(after: %s) { edges { cursor } } } }`, alice.ID, []any{bob.ID}},
			"User.comments": {`node(id: %q) { ... on User { l: comments(before: %s) { edges { cursor } } } }`, alice.ID, []any{bob.ID}},
			"Post.comments": {`node(id: %q) { ... on Post { l: comments(after: %s) { edges { cursor } } } }`, p.ID, []any{q.ID}},
			"Post.replies":  {`node(id: %q) { ... on Post { l: replies(after: %s) { edges { cursor } } } }`, p.ID, []any{q.ID}},
			"Tag.posts":     {`node: tag(name: %q) { l: posts(after: %s) { edges { cursor } } }`, "tag", []any{"other"}},
			"filter":        {`node: __schema { __typename } l: posts(filter: {authorId: %q}, after: %s) { edges { cursor } }`, alice.ID, []any{bob.ID}},
			"search":        {`node: __schema { __typename } l: search(query: %q, type: TAG, after: %s) { edges { cursor } }`, "tag", []any{"other", "TAG"}},
		} {
			t.Run(name, func(t *testing.T) {
				type list struct{ Edges []struct{ Cursor string } }
				var first struct {
					Node struct{ L list }
					L    list
				}
				s.Get(t, "", "{ "+fmt.Sprintf(tt.list, tt.own, "null")+" }", nil, &first)
				edges := slices.Concat(first.Node.L.Edges, first.L.Edges)
				if len(edges) == 0 {
					t.Fatal("the list is empty")
				}
				cursor := strconv.Quote(edges[0].Cursor)
				s.Get(t, "", "{ "+fmt.Sprintf(tt.list, tt.own, cursor)+" }", nil, nil)
				for _, other := range tt.others {
					answer := s.Do(t, "", "{ "+fmt.Sprintf(tt.list, other, cursor)+" }", nil)
					if code := answer.Code(t); code != "BAD_USER_INPUT" {
						t.Errorf("a cursor of %v was taken for %v: %s", tt.own, other, answer.Body)
					}
				}
			})
		}
		var own struct {
			User struct {
				Posts struct{ PageInfo struct{ EndCursor string } }
			}
		}
		s.Get(t, "", `{ user(username: "alice") { posts { pageInfo { endCursor } } } }`, nil, &own)
		answer := s.Do(t, "", fmt.Sprintf(`{ users { nodes { posts(after: %q) { totalCount } } } }`, own.User.Posts.PageInfo.EndCursor), nil)
		if !strings.Contains(string(answer.Body), "BAD_USER_INPUT") {
			t.Errorf("the lists of two users took one cursor: %s", answer.Body)
		}
	})
}
