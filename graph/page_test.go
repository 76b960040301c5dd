package graph_test

import (
	"fmt"
	"slices"
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
