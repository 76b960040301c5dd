package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/markup"
)

var noon = time.Date(2026, time.January, 31, 12, 0, 0, 123456000, time.UTC)

// content is a small set of rows that belong together.
type content struct {
	users    []User
	tags     []Tag
	posts    []Post
	comments []Comment
}

func newContent() content {
	author := User{
		ID: typeid.NewUser(), Username: "Alice", Name: "Alice A.", Bio: "Bio", Email: "Alice@Example.org",
		Role: auth.RoleModerator, CreatedAt: noon, UpdatedAt: noon,
	}
	question := Post{
		ID: typeid.NewPost(), Title: "Why do hops matter?", Body: "Because of **lupulin**.", Format: post.BodyFormatMARKDOWN,
		Status: post.StatusPUBLISHED, PublishedAt: noon, Score: -3, AuthorID: author.ID, Tags: []string{"beer", "wine"},
		CreatedAt: noon, UpdatedAt: noon.Add(time.Hour),
	}
	reply := Post{
		ID: typeid.NewPost(), Body: "<p>They are <i>bitter</i> &amp; fine.</p>", Format: post.BodyFormatHTML, Status: post.StatusPUBLISHED,
		PublishedAt: noon, AuthorID: author.ID, ParentID: question.ID, CreatedAt: noon, UpdatedAt: noon,
	}
	draft := Post{
		ID: typeid.NewPost(), Title: "A draft", Body: "Unfinished", Format: post.BodyFormatMARKDOWN, Status: post.StatusDRAFT,
		AuthorID: author.ID, Tags: []string{"beer"}, CreatedAt: noon, UpdatedAt: noon,
	}
	return content{
		users:    []User{author},
		tags:     []Tag{{typeid.NewTag(), "beer", noon}, {typeid.NewTag(), "wine", noon}, {typeid.NewTag(), "mead", noon}},
		posts:    []Post{question, reply, draft},
		comments: []Comment{{typeid.NewComment(), "Indeed.", author.ID, reply.ID, noon, noon}},
	}
}

// write returns what became of users, tags, posts and comments.
func (c content) write(ctx context.Context, w *Writer) (results [4]Result, err error) {
	var errs [4]error
	results[0], errs[0] = w.Users(ctx, c.users)
	results[1], errs[1] = w.Tags(ctx, c.tags)
	results[2], errs[2] = w.Posts(ctx, c.posts)
	results[3], errs[3] = w.Comments(ctx, c.comments)
	return results, errors.Join(errs[:]...)
}

func mustWrite(t *testing.T, db *database.Database, c content) (results [4]Result) {
	t.Helper()
	err := InTx(t.Context(), db, func(w *Writer) (err error) {
		results, err = c.write(t.Context(), w)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestRows(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		c := newContent()
		results := mustWrite(t, db, c)
		if want := [4]Result{{Inserted: 1}, {Inserted: 3}, {Inserted: 3}, {Inserted: 1}}; results != want {
			t.Errorf("first time: %+v, want %+v", results, want)
		}
		client := db.Client()
		user := client.User.Query().OnlyX(t.Context())
		if user.ID != c.users[0].ID || user.UsernameKey != "alice" || *user.EmailKey != "alice@example.org" ||
			*user.Email != "Alice@Example.org" || user.Role != auth.RoleModerator || !user.CreatedAt.Equal(noon) {
			t.Errorf("user: %v", user)
		}
		for i, want := range []struct{ title, excerpt string }{
			{"Why do hops matter?", "Because of lupulin."}, {"<nil>", "They are bitter & fine."}, {"A draft", "Unfinished"},
		} {
			p, given := client.Post.GetX(t.Context(), c.posts[i].ID), c.posts[i]
			title := "<nil>"
			if p.Title != nil {
				title = *p.Title
			}
			if title != want.title || p.Excerpt != want.excerpt || p.Body != given.Body || p.BodyFormat != given.Format ||
				p.Status != given.Status || p.Score != given.Score || p.AuthorID != given.AuthorID ||
				(p.ParentID == nil) != given.ParentID.IsZero() || (p.PublishedAt == nil) != given.PublishedAt.IsZero() ||
				!p.CreatedAt.Equal(given.CreatedAt) || !p.UpdatedAt.Equal(given.UpdatedAt) {
				t.Errorf("post %d: %v, given %+v", i, p, given)
			}
		}
		if diff := cmp.Diff([]string{"A draft: beer, unlisted", "Why do hops matter?: beer, listed", "Why do hops matter?: wine, listed"}, filed(t, db)); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
		if comment := client.Comment.Query().OnlyX(t.Context()); comment.Body != "Indeed." || comment.PostID != c.posts[1].ID {
			t.Errorf("comment: %v", comment)
		}
		for word, want := range map[string]int{"hop": 1, "bitter": 1, "lupulin": 1, "unfinished": 0, "strong": 0} {
			if got := found(t, db, word); got != want {
				t.Errorf("search for %q finds %d posts, want %d", word, got, want)
			}
		}
	})
}

func TestWrittenAgain(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		c := newContent()
		mustWrite(t, db, c)
		results := mustWrite(t, db, c)
		if want := [4]Result{{Unchanged: 1}, {Unchanged: 3}, {Unchanged: 3}, {Unchanged: 1}}; results != want {
			t.Errorf("second time: %+v, want %+v", results, want)
		}
		if got := found(t, db, "lupulin"); got != 1 {
			t.Errorf("search finds %d posts, want 1", got)
		}
		if got := len(filed(t, db)); got != 3 {
			t.Errorf("there are %d tags on posts, want 3", got)
		}

		c.users[0].Username, c.users[0].Role, c.users[0].Email = "Alicia", auth.RoleUser, ""
		c.tags = []Tag{{typeid.NewTag(), "beer", noon}, {typeid.NewTag(), "cider", noon}}
		c.posts[0].Title, c.posts[0].Body, c.posts[0].Tags = "Why do yeasts matter?", "Sugar", []string{"wine", "cider", "nobody knows this one"}
		c.posts[2].Status, c.posts[2].PublishedAt = post.StatusPUBLISHED, noon
		c.comments[0].Body = "No."
		results = mustWrite(t, db, c)
		if want := [4]Result{{Updated: 1}, {Inserted: 1, Unchanged: 1}, {Updated: 2, Unchanged: 1}, {Updated: 1}}; results != want {
			t.Errorf("with changes: %+v, want %+v", results, want)
		}
		user := db.Client().User.Query().OnlyX(t.Context())
		if user.UsernameKey != "alicia" || user.Role != auth.RoleModerator || user.Email == nil {
			t.Errorf("the account's own role and address changed: %v", user)
		}
		if diff := cmp.Diff([]string{"A draft: beer, listed", "Why do yeasts matter?: cider, listed", "Why do yeasts matter?: wine, listed"}, filed(t, db)); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
		if got := found(t, db, "unfinished"); got != 1 {
			t.Errorf("search finds %d posts by a word of what is now published, want 1", got)
		}
		c.posts[2].Status, c.posts[2].PublishedAt = post.StatusDRAFT, time.Time{}
		mustWrite(t, db, c)
		if got := found(t, db, "unfinished"); got != 0 {
			t.Errorf("search finds %d posts by a word of a draft", got)
		}
		db.Client().Post.UpdateOneID(c.posts[0].ID).AddScore(2).ExecX(t.Context()) // two votes here
		c.posts[0].Score += 5
		mustWrite(t, db, c)
		if p := db.Client().Post.GetX(t.Context(), c.posts[0].ID); p.Score != c.posts[0].Score+2 || p.ScoreBase != c.posts[0].Score {
			t.Errorf("after an import that brings the score %d, beside two votes here, it is %d", c.posts[0].Score, p.Score)
		}
		if hop, yeast := found(t, db, "hop"), found(t, db, "yeast"); hop != 0 || yeast != 1 {
			t.Errorf("search finds %d posts by the old title, %d by the new", hop, yeast)
		}
	})
}

func TestRepeatedInBatch(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		c := newContent()
		again := c.posts[0]
		again.Title = "The last one counts"
		c.posts = append(c.posts, again)
		if got, want := mustWrite(t, db, c)[2], (Result{Inserted: 3, Unchanged: 1}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if p := db.Client().Post.GetX(t.Context(), again.ID); *p.Title != again.Title {
			t.Errorf("the title is %q", *p.Title)
		}
	})
}

func TestFailureUndoesAll(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		c := newContent()
		c.comments[0].PostID = typeid.NewPost()
		err := InTx(t.Context(), db, func(w *Writer) error {
			_, err := c.write(t.Context(), w)
			return err
		})
		if err == nil {
			t.Fatal("a comment on no post was written")
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = InTx(ctx, db, func(w *Writer) error {
			_, err := w.Users(ctx, c.users)
			cancel()
			return err
		})
		if err == nil {
			t.Error("a cancelled transaction was committed")
		}
		if n := db.Client().User.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d users are left", n)
		}
	})
}

func TestLookUp(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		c, ctx := newContent(), t.Context()
		mustWrite(t, db, c)
		err := InTx(ctx, db, func(w *Writer) error {
			users, err := w.KnownUsers(ctx, []typeid.User{c.users[0].ID, typeid.NewUser()})
			if diff := cmp.Diff(map[typeid.User]bool{c.users[0].ID: true}, users); diff != "" || err != nil {
				t.Errorf("users: %s %v", diff, err)
			}
			posts, err := w.KnownPosts(ctx, []typeid.Post{c.posts[0].ID, c.posts[1].ID, typeid.NewPost()})
			if diff := cmp.Diff(map[typeid.Post]bool{c.posts[0].ID: true, c.posts[1].ID: false}, posts); diff != "" || err != nil {
				t.Errorf("posts: %s %v", diff, err)
			}
			names, err := w.Usernames(ctx, []string{"alice", "bob"})
			if diff := cmp.Diff(map[string]typeid.User{"alice": c.users[0].ID}, names); diff != "" || err != nil {
				t.Errorf("names: %s %v", diff, err)
			}
			first, err := w.Ghost(ctx)
			if err != nil {
				return err
			}
			second, err := w.Ghost(ctx)
			if first != second || first.IsZero() {
				t.Errorf("two ghosts: %v, %v", first, second)
			}
			return errors.Join(err, w.AddScores(ctx, []Score{{c.posts[0].ID, 5}, {typeid.NewPost(), 1}}))
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := db.Client().Post.GetX(ctx, c.posts[0].ID).Score; got != 2 {
			t.Errorf("the score is %d, want 2", got)
		}
		if err := Settle(ctx, db); err != nil {
			t.Error(err)
		}
	})
}

func TestLargeBatch(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		c := newContent()
		for i := range 1000 {
			p := c.posts[0]
			p.ID, p.Title = typeid.NewPost(), fmt.Sprint("Post ", i)
			c.posts = append(c.posts, p)
		}
		c.posts[5].Body = strings.Repeat("word ", 500_000)
		c.posts[6].Body = strings.Repeat("é", 300_000)
		if got := mustWrite(t, db, c)[2]; got.Inserted != 1003 {
			t.Errorf("%+v", got)
		}
	})
}

func TestExcerptIsMarkups(t *testing.T) {
	for _, body := range []string{
		"", "short", strings.Repeat("many words ", 40), strings.Repeat("x", 300), strings.Repeat("ü", 300),
		strings.Repeat("a", 199) + " b", strings.Repeat("a", 199) + "e\u0301 and more", strings.Repeat("a", 200) + "\u0301",
		strings.Repeat("👩🏽‍🚀 in space ", 60), "a" + strings.Repeat("\u0301", 5000), "x < y && z > \"q\" <b>bold</b>", strings.Repeat("&lt;&amp;", 90),
	} {
		for _, format := range []markup.Format{markup.FormatMarkdown, markup.FormatHTML} {
			if got, want := excerpt(markup.Text(format, body)), markup.Excerpt(format, body); got != want {
				t.Errorf("%.30q as %s:\ngot  %q\nwant %q", body, format, got, want)
			}
		}
	}
}

// filed lists posts with their tags.
func filed(t *testing.T, db *database.Database) []string {
	t.Helper()
	var lines []string
	for _, row := range db.Client().PostTag.Query().WithPost().WithTag().AllX(t.Context()) {
		state := "listed"
		if row.PublishedAt == nil {
			state = "unlisted"
		}
		lines = append(lines, fmt.Sprintf("%s: %s, %s", *row.Edges.Post.Title, row.Edges.Tag.Name, state))
	}
	slices.Sort(lines)
	return lines
}

// found counts the posts that full text search has for a word.
func found(t *testing.T, db *database.Database, word string) (n int) {
	t.Helper()
	query := "SELECT count(*) FROM post_search WHERE post_search MATCH ?"
	if db.Dialect() == dialect.Postgres {
		query = "SELECT count(*) FROM post_search WHERE document @@ websearch_to_tsquery('english', $1)"
	}
	if err := db.DB().QueryRowContext(t.Context(), query, word).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
