package content_test

import (
	"context"
	"slices"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/searchindex"
)

// bench is a site with a few users.
type bench struct {
	*content.Content
	t                        *testing.T
	db                       *database.Database
	fixture                  *graphtest.Fixture
	author, other, moderator *ent.User
}

// eachStore runs test on each store, both at once.
func eachStore(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			db := dbtest.Open(t, store)
			f := graphtest.NewFixture(t, db)
			test(t, &bench{
				Content: content.New(db), t: t, db: db, fixture: f,
				author: f.User("author", auth.RoleUser), other: f.User("other", auth.RoleUser), moderator: f.User("moderator", auth.RoleModerator),
			})
		})
	}
}

// as returns the context of a viewer, nobody for nil.
func (b *bench) as(u *ent.User) context.Context {
	return auth.NewContext(b.t.Context(), viewer(u))
}

func viewer(u *ent.User) auth.Viewer {
	if u == nil {
		return auth.Viewer{}
	}
	return auth.Viewer{ID: u.ID, Role: u.Role, Scopes: auth.AllScopes, User: u}
}

// post writes a post of the author.
func (b *bench) post(title string, publish bool, tags ...string) *ent.Post {
	b.t.Helper()
	p, err := b.CreatePost(b.as(b.author), content.NewPost{Title: title, Body: "About " + title, Tags: tags, Publish: publish})
	b.ok(err)
	return p
}

func (b *bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// code is what a client sees of an error, "" for none.
func code(err error) apperr.Code {
	if err == nil {
		return ""
	}
	return apperr.CodeOf(err)
}

// found returns the texts of the posts that a viewer finds by some words:
// titles, and excerpts of replies.
func (b *bench) found(u *ent.User, words string) []string {
	b.t.Helper()
	search, err := query.ParseSearch(words)
	b.ok(err)
	matches, _, err := query.New(b.db, viewer(u)).SearchPage(b.t.Context(), search, page.Page{Size: page.MaxSize}, table.PostTitle|table.PostExcerpt)
	b.ok(err)
	var texts []string
	for _, m := range matches {
		text := m.Post.Excerpt
		if m.Post.Title != nil {
			text = *m.Post.Title
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}

// indexed counts the rows of a post in what search reads: even where none finds
// it, nothing of a draft is there.
func (b *bench) indexed(p *ent.Post) (n int) {
	b.t.Helper()
	statement := "SELECT count(*) FROM " + searchindex.Table + " WHERE post_id = $1"
	b.ok(b.db.DB().QueryRowContext(b.t.Context(), statement, p.ID).Scan(&n))
	return n
}

// tagged counts the posts in everybody's list of a tag; -1 if nobody sees the
// tag.
func (b *bench) tagged(name string) int {
	b.t.Helper()
	q := query.New(b.db, auth.Viewer{})
	found, err := q.TagByName(b.t.Context(), name, table.TagName)
	b.ok(err)
	if found == nil {
		return -1
	}
	return b.counted(query.PostList{Path: query.PostsOfTag}, query.Key(found.ID.ID))
}

// counted counts the posts of a list that everybody sees.
func (b *bench) counted(list query.PostList, parent query.Key) int {
	b.t.Helper()
	n, err := query.Counts(b.t.Context(), query.New(b.db, auth.Viewer{}), list, query.KeysOf(parent))
	b.ok(err)
	return n[0]
}

// listed counts the posts at the root that everybody sees.
func (b *bench) listed() int {
	b.t.Helper()
	n, err := query.Count(b.t.Context(), query.New(b.db, auth.Viewer{}), query.PostList{Path: query.AllPosts})
	b.ok(err)
	return n
}
