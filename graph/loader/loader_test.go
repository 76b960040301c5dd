package loader_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/statement"
)

// eachStore runs test on each store, both at once.
func eachStore(t *testing.T, test func(t *testing.T, db *database.Database)) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			test(t, dbtest.Open(t, store))
		})
	}
}

// site is a few rows, and the viewer to whom they are shown: ada.
type site struct {
	ada, bob               *ent.User
	hops, malt, reply, off *ent.Post // off is a draft of bob's
	beer                   *ent.Tag
}

func newSite(t *testing.T, db *database.Database) site {
	t.Helper()
	f := graphtest.NewFixture(t, db)
	s := site{ada: f.User("Ada", auth.RoleUser), bob: f.User("bob", auth.RoleUser)}
	var err error
	s.hops, err = content.New(db).CreatePost(as(t, s.ada), content.NewPost{Title: "Hops", Body: "They are bitter.", Tags: []string{"wine", "beer"}, Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	s.malt = f.Post(s.bob, "Malt", post.StatusPUBLISHED)
	s.reply = f.Reply(s.bob, s.hops, post.StatusPUBLISHED)
	s.off = f.Post(s.bob, "Off", post.StatusDRAFT)
	s.beer = db.Client().Tag.Query().AllX(t.Context())[0]
	f.Comment(s.bob, s.hops, "First")
	f.Comment(s.ada, s.hops, "Second")
	f.Comment(s.ada, s.malt, "Third")
	if _, err := content.New(db).VotePost(as(t, s.ada), s.malt.ID, -1); err != nil {
		t.Fatal(err)
	}
	return s
}

func as(t *testing.T, u *ent.User) context.Context {
	t.Helper()
	return auth.NewContext(t.Context(), viewer(u))
}

func viewer(u *ent.User) auth.Viewer { return auth.Viewer{ID: u.ID, Role: u.Role} }

// reading returns a context with loaders of its own, and what records their
// statements.
func reading(ctx context.Context, l *loader.Loaders) (context.Context, *statement.Recorder) {
	recorder := &statement.Recorder{Keep: true}
	return statement.NewContext(loader.NewContext(ctx, l), recorder), recorder
}

// TestKinds loads by each kind of loader, several keys and one that is not
// there: each is one statement, and each value stands where its key did.
func TestKinds(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		s := newSite(t, db)
		nobody, posts := query.Key{15: 1}, []query.Key{key(s.malt), {15: 1}, key(s.off), key(s.hops), key(s.malt)}
		two := page.Page{Order: page.Newest(), Size: 1}
		published := query.PostList{Path: query.AllPosts}
		search, err := query.ParseSearch("bitter")
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			load func(context.Context, *loader.Loaders) (any, error)
			want string
			keys int // for which the statement ran
		}{
			"rows by id": {func(ctx context.Context, _ *loader.Loaders) (any, error) {
				rows, err := loader.ByID(ctx, query.Posts, posts, table.PostTitle)
				return each(rows, title), err
			}, "[Malt - - Hops Malt]", 4},
			"one row by id": {func(ctx context.Context, _ *loader.Loaders) (any, error) {
				rows, err := loader.ByID(ctx, query.Users, []query.Key{query.Key(s.bob.ID.ID)}, table.UserUsername)
				return rows[0].Username, err
			}, "bob", 1},
			"no row by id": {func(ctx context.Context, _ *loader.Loaders) (any, error) {
				rows, err := loader.ByID(ctx, query.Users, []query.Key{nobody}, table.UserUsername)
				return rows, err
			}, "[<nil>]", 1},
			"tags": {func(ctx context.Context, l *loader.Loaders) (any, error) {
				lists, err := l.TagsByPost(ctx, posts, table.TagName)
				return each(lists, func(tags []*ent.Tag) string { return fmt.Sprint(each(tags, func(t *ent.Tag) string { return t.Name })) }), err
			}, "[[] [] [] [beer wine] []]", 4},
			"lists": {func(ctx context.Context, _ *loader.Loaders) (any, error) {
				lists, err := loader.Pages(ctx, query.CommentList{Path: query.CommentsOfPost}, posts, two, table.CommentBody)
				return each(lists, func(s loader.Slice[ent.Comment]) string {
					return fmt.Sprint(each(s.Rows, func(c *ent.Comment) string { return c.Body }), s.HasNext)
				}), err
			}, "[[Third] false [] false [] false [Second] true [Third] false]", 4},
			"counts": {func(ctx context.Context, _ *loader.Loaders) (any, error) {
				return loader.Counts(ctx, query.CommentList{Path: query.CommentsOfPost}, posts)
			}, "[1 0 0 2 1]", 4},
			"votes": {func(ctx context.Context, l *loader.Loaders) (any, error) {
				return l.VoteByPost(ctx, posts)
			}, "[-1 0 0 0 -1]", 4},
			"list at the root": {func(ctx context.Context, _ *loader.Loaders) (any, error) {
				found, err := loader.Page(ctx, published, page.Page{Order: page.Order{Field: page.CreatedAt}, Size: 1}, table.PostTitle)
				return fmt.Sprint(each(found.Rows, title), found.HasNext), err
			}, "[Malt] true", 0},
			"count at the root": {func(ctx context.Context, _ *loader.Loaders) (any, error) {
				return loader.Count(ctx, published)
			}, "2", 0},
			"user by name": {func(ctx context.Context, l *loader.Loaders) (any, error) {
				u, err := l.UserByUsername(ctx, "ADA", table.UserUsername)
				return u.Username, err
			}, "Ada", 1},
			"no user by name": {func(ctx context.Context, l *loader.Loaders) (any, error) {
				return l.UserByUsername(ctx, "eve", table.UserUsername)
			}, "<nil>", 1},
			"tag by name": {func(ctx context.Context, l *loader.Loaders) (any, error) {
				found, err := l.TagByName(ctx, "Beer", table.TagName)
				return found.Name, err
			}, "beer", 1},
			"search": {func(ctx context.Context, l *loader.Loaders) (any, error) {
				found, info, err := l.Search(ctx, search, two, table.PostTitle)
				return fmt.Sprint(each(found, func(m query.Match) string { return title(m.Post) }), info.HasNext), err
			}, "[Hops] false", 0},
			"search count": {func(ctx context.Context, l *loader.Loaders) (any, error) {
				return l.SearchCount(ctx, search)
			}, "1", 0},
		} {
			t.Run(name, func(t *testing.T) {
				l := loader.New(query.New(db, viewer(s.ada)))
				ctx, recorder := reading(t.Context(), l)
				got, err := tt.load(ctx, l)
				if err != nil || fmt.Sprint(got) != tt.want {
					t.Errorf("got %v, error %v, want %s", got, err, tt.want)
				}
				ran := recorder.Statements()
				if len(ran) != 1 || ran[0].Keys != tt.keys || ran[0].Loader == "" {
					t.Errorf("want one statement for %d keys, got %+v", tt.keys, ran)
				}
			})
		}
	})
}

// TestHiddenRows wants a post that the viewer may not see to look as one that
// is not there.
func TestHiddenRows(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		s := newSite(t, db)
		for name, tt := range map[string]struct {
			viewer auth.Viewer
			want   string
		}{
			"nobody":    {auth.Viewer{}, "[-]"},
			"another":   {viewer(s.ada), "[-]"},
			"author":    {viewer(s.bob), "[Off]"},
			"moderator": {auth.Viewer{ID: s.ada.ID, Role: auth.RoleModerator}, "[Off]"},
		} {
			ctx, _ := reading(t.Context(), loader.New(query.New(db, tt.viewer)))
			rows, err := loader.ByID(ctx, query.Posts, []query.Key{key(s.off)}, table.PostTitle)
			if got := fmt.Sprint(each(rows, title)); err != nil || got != tt.want {
				t.Errorf("%s sees %s, error %v, want %s", name, got, err, tt.want)
			}
		}
	})
}

// TestChangedRowIsReadAnew has a later level read what was changed since.
func TestChangedRowIsReadAnew(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		s := newSite(t, db)
		ctx, _ := reading(t.Context(), loader.New(query.New(db, viewer(s.ada))))
		for _, want := range []string{"Hops", "Yeast"} {
			rows, err := loader.ByID(ctx, query.Posts, []query.Key{key(s.hops)}, table.PostTitle)
			if err != nil || title(rows[0]) != want {
				t.Errorf("got %v, error %v, want %s", rows, err, want)
			}
			db.Client().Post.UpdateOneID(s.hops.ID).SetTitle("Yeast").ExecX(t.Context())
		}
	})
}

func TestFailure(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		s := newSite(t, db)
		away := errors.New("the database is away")
		ctx, _ := reading(t.Context(), loader.New(query.New(failing{db, away}, viewer(s.ada))))
		l := loader.FromContext(ctx)
		keys := []query.Key{key(s.hops)}
		for name, load := range map[string]func() error{
			"rows":  func() error { _, err := loader.ByID(ctx, query.Posts, keys, table.PostTitle); return err },
			"tags":  func() error { _, err := l.TagsByPost(ctx, keys, table.TagName); return err },
			"votes": func() error { _, err := l.VoteByPost(ctx, keys); return err },
			"counts": func() error {
				_, err := loader.Counts(ctx, query.CommentList{Path: query.CommentsOfPost}, keys)
				return err
			},
			"lists": func() error {
				_, err := loader.Pages(ctx, query.CommentList{Path: query.CommentsOfPost}, keys, page.Page{Order: page.Newest(), Size: 1}, 0)
				return err
			},
			"user by name": func() error { _, err := l.UserByUsername(ctx, "ada", 0); return err },
		} {
			if err := load(); !errors.Is(err, away) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

// failing is a database whose statements fail.
type failing struct {
	query.Database
	err error
}

func (f failing) Query(context.Context, database.Read) (database.Rows, error) { return nil, f.err }

func key(p *ent.Post) query.Key { return query.Key(p.ID.ID) }

// title is the title of a post, "-" for none.
func title(p *ent.Post) string {
	if p == nil || p.Title == nil {
		return "-"
	}
	return *p.Title
}

func each[T any](all []T, text func(T) string) []string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = text(v)
	}
	return texts
}
