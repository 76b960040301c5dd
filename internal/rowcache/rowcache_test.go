package rowcache_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/rowcache"
)

// kept is a server with a cache of rows, and some rows.
type kept struct {
	*graphtest.Server
	rows         *rowcache.Cache
	ada          *ent.User
	first, draft *ent.Post
}

func each(t *testing.T, bytes int, test func(t *testing.T, s *kept)) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			url := dbtest.NewURL(t, store)
			f := graphtest.NewFixture(t, dbtest.OpenURL(t, url))
			s := &kept{ada: f.User("ada", auth.RoleUser)}
			f.User("grace", auth.RoleUser)
			f.User("moderator", auth.RoleModerator)
			s.first, s.draft = f.Post(s.ada, "First", post.StatusPUBLISHED), f.Post(s.ada, "Draft", post.StatusDRAFT)
			for i := range 50 {
				f.User(fmt.Sprint("user", i), auth.RoleUser)
			}
			db, changes := graphtest.Listen(t, url)
			s.rows = rowcache.New(rowcache.Options{Changes: cache.New(db, changes), Bytes: bytes})
			s.Server = graphtest.Start(t, db, graphtest.WithRows(s.rows.Step))
			test(t, s)
		})
	}
}

// statements returns who made the statements of a query, and the rows that were
// kept.
func (s *kept) statements(t *testing.T, viewer, query string) (loaders string, hits int, data string) {
	t.Helper()
	a := s.Get(t, viewer, query, nil, nil)
	var names []string
	for _, statement := range a.Extensions.Explain.Statements {
		names = append(names, statement.Loader)
	}
	for _, r := range a.Extensions.Explain.Rows {
		hits += r.Hits
	}
	return strings.Join(names, " "), hits, string(a.Data)
}

// TestKeptRows reads rows twice, and again after a change.
func TestKeptRows(t *testing.T) {
	each(t, 1<<20, func(t *testing.T, s *kept) {
		query := fmt.Sprintf(`{ post(id: %q) { title author { name } } }`, s.first.ID)
		if loaders, hits, _ := s.statements(t, "", query); loaders != "PostByID UserByID" || hits != 0 {
			t.Errorf("the first: %s, %d rows kept", loaders, hits)
		}
		for _, viewer := range []string{"", "grace", "ada", "moderator"} {
			if loaders, hits, data := s.statements(t, viewer, query); loaders != "" || hits != 2 || !strings.Contains(data, `"First"`) {
				t.Errorf("%q again: %s, %d rows kept: %s", viewer, loaders, hits, data)
			}
		}
		// Other columns of the same row are there; its body is not, and is then kept
		// too.
		if loaders, hits, _ := s.statements(t, "", fmt.Sprintf(`{ post(id: %q) { score excerpt author { bio createdAt } } }`, s.first.ID)); loaders != "" || hits != 2 {
			t.Errorf("other columns: %s, %d rows kept", loaders, hits)
		}
		body := fmt.Sprintf(`{ post(id: %q) { body } }`, s.first.ID)
		if loaders, _, _ := s.statements(t, "", body); loaders != "PostByID" {
			t.Errorf("the body: %s", loaders)
		}
		if loaders, _, _ := s.statements(t, "", body); loaders != "" {
			t.Errorf("the body again: %s", loaders)
		}
		s.Get(t, "ada", `mutation { updateProfile(input: {name: "Ada L."}) { user { name } } }`, nil, nil)
		if loaders, hits, data := s.statements(t, "grace", query); loaders != "UserByID" || hits != 1 || !strings.Contains(data, "Ada L.") {
			t.Errorf("after a change: %s, %d rows kept: %s", loaders, hits, data)
		}
	})
}

// TestHiddenRowsAreNotKept has rows that some see: the statement decides.
func TestHiddenRowsAreNotKept(t *testing.T) {
	each(t, 1<<20, func(t *testing.T, s *kept) {
		query := fmt.Sprintf(`{ post(id: %q) { title } }`, s.draft.ID)
		for range 2 {
			for viewer, want := range map[string]string{"ada": "Draft", "moderator": "Draft", "grace": "null", "": "null"} {
				if loaders, hits, data := s.statements(t, viewer, query); loaders != "PostByID" || hits != 0 || !strings.Contains(data, want) {
					t.Errorf("%q: %s, %d rows kept: %s", viewer, loaders, hits, data)
				}
			}
		}
		s.statements(t, "", fmt.Sprintf(`{ post(id: %q) { title } }`, s.first.ID))
		s.Get(t, "ada", fmt.Sprintf(`mutation { archivePost(input: {id: %q}) { post { id } } }`, s.first.ID), nil, nil)
		for viewer, want := range map[string]string{"ada": "First", "grace": "null"} {
			if _, _, data := s.statements(t, viewer, fmt.Sprintf(`{ post(id: %q) { title } }`, s.first.ID)); !strings.Contains(data, want) {
				t.Errorf("archived, %q sees %s", viewer, data)
			}
		}
	})
}

// TestBound reads more than there is room for.
func TestBound(t *testing.T) {
	const room = 10_000
	each(t, room, func(t *testing.T, s *kept) {
		users := s.Get(t, "", `{ users(first: 50) { nodes { id } } }`, nil, nil)
		ids := strings.ReplaceAll(strings.ReplaceAll(string(users.Data), `{"id":`, ""), "}", "")
		ids = ids[strings.Index(ids, "[")+1 : strings.Index(ids, "]")]
		for range 5 {
			s.Get(t, "", `{ nodes(ids: [`+ids+`]) { ... on User { name bio } } }`, nil, nil)
		}
		// What goes does so a little later.
		got := s.rows.Stats()
		for i := 0; i < 200 && (got.Bytes > room*11/10 || got.Entries > room/240); i++ {
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // nothing tells
			got = s.rows.Stats()
		}
		if got.Bytes > room*11/10 || got.Entries == 0 || got.Entries > room/240 {
			t.Errorf("kept %+v", got)
		}
	})
}

// TestKeptLists reads lists and counts twice, and again after a change of some:
// the others are still there.
func TestKeptLists(t *testing.T) {
	each(t, 1<<20, func(t *testing.T, s *kept) {
		query := fmt.Sprintf(`{ post(id: %q) { title score tags { name } comments(first: 5) { totalCount nodes { body author { name } } } alone: comments { totalCount } } user(username: "Ada") { posts(first: 5) { totalCount nodes { title } } } }`, s.first.ID)
		s.statements(t, "", query)
		var before string
		for _, viewer := range []string{"", "grace", "ada", "moderator"} {
			loaders, _, data := s.statements(t, viewer, query)
			if loaders != "" || before != "" && data != before {
				t.Errorf("%q again: %s\n%s\n%s", viewer, loaders, before, data)
			}
			before = data
		}
		for _, c := range []struct{ mutation, loaders, want string }{
			{fmt.Sprintf(`addComment(input: {postId: %q, body: "Yes"}) { comment { id } }`, s.first.ID), "CommentCountByPost CommentsByPost UserByID", `"totalCount":1,"nodes":[{"body":"Yes"`},
			{fmt.Sprintf(`setPostTags(input: {id: %q, tags: ["go"]}) { post { id } }`, s.first.ID), "PostByID PostsByAuthor TagsByPost", `"tags":[{"name":"go"}]`},
			{fmt.Sprintf(`votePost(input: {id: %q, value: UP}) { post { id } }`, s.first.ID), "PostByID", `"score":5`},
			{`createPost(input: {title: "Second", body: "x", publish: true}) { post { id } }`, "PostsByAuthor", `"totalCount":2,"nodes":[{"title":"Second"}`},
			{`updateProfile(input: {name: "Ada L."}) { user { id } }`, "UserByID UserByUsername", `"Ada L."`},
		} {
			s.Get(t, "ada", "mutation { "+c.mutation+" }", nil, nil)
			loaders, _, data := s.statements(t, "ada", query)
			ran := strings.Fields(loaders)
			slices.Sort(ran)
			if got := strings.Join(ran, " "); got != c.loaders || !strings.Contains(data, c.want) {
				t.Errorf("%s\nread %s, should read %s\n%s", c.mutation, got, c.loaders, data)
			}
			if loaders, _, _ := s.statements(t, "", query); loaders != "" {
				t.Errorf("%s\nagain it reads %s", c.mutation, loaders)
			}
		}
	})
}

// TestListsByViewer reads lists that depend on who asks: none is kept.
func TestListsByViewer(t *testing.T) {
	each(t, 1<<20, func(t *testing.T, s *kept) {
		s.Get(t, "ada", fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: "Seen"}) { comment { id } } }`, s.first.ID), nil, nil)
		s.Get(t, "ada", fmt.Sprintf(`mutation { archivePost(input: {id: %q}) { post { id } } }`, s.first.ID), nil, nil)
		for range 2 {
			for viewer, want := range map[string]bool{"ada": true, "moderator": true, "grace": false, "": false} {
				loaders, _, data := s.statements(t, viewer, `{ user(username: "ada") { comments(first: 5) { nodes { body } } } }`)
				if strings.Contains(data, "Seen") != want || !strings.Contains(loaders, "CommentsByAuthor") {
					t.Errorf("%q sees %s, by %s", viewer, data, loaders)
				}
			}
		}
	})
}
