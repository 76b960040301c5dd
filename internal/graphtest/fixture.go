package graphtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/markup"
)

// Start of the fixtures' time; each row is a second later than the one before.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Fixture makes rows by ent, one after the other, so that a test reads what
// it needs and no more.
type Fixture struct {
	t      testing.TB
	client *ent.Client
	tick   int
}

// NewFixture makes rows in db.
func NewFixture(t testing.TB, db *database.Database) *Fixture {
	return &Fixture{t: t, client: db.Client()}
}

func (f *Fixture) next() time.Time {
	f.tick++
	return epoch.Add(time.Duration(f.tick) * time.Second)
}

func must[T any](f *Fixture, v T, err error) T {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// User makes a user.
func (f *Fixture) User(username string, role auth.Role) *ent.User {
	f.t.Helper()
	at := f.next()
	email := username + "@example.com"
	u, err := f.client.User.Create().SetUsername(username).SetUsernameKey(strings.ToLower(username)).
		SetName("Name of " + username).SetEmail(email).SetEmailKey(strings.ToLower(email)).
		SetRole(role).SetCreatedAt(at).SetUpdatedAt(at).Save(f.t.Context())
	return must(f, u, err)
}

// Post makes a post with this state.
func (f *Fixture) Post(author *ent.User, title string, status post.Status) *ent.Post {
	f.t.Helper()
	return f.post(author, status, func(c *ent.PostCreate) { c.SetTitle(title) })
}

// Reply makes a reply with this state.
func (f *Fixture) Reply(author *ent.User, parent *ent.Post, status post.Status) *ent.Post {
	f.t.Helper()
	return f.post(author, status, func(c *ent.PostCreate) { c.SetParentID(parent.ID) })
}

func (f *Fixture) post(author *ent.User, status post.Status, set func(*ent.PostCreate)) *ent.Post {
	f.t.Helper()
	at := f.next()
	body := fmt.Sprintf("Body *number* %d.", f.tick)
	shown := markup.Render(markup.FormatMarkdown, body)
	c := f.client.Post.Create().SetAuthorID(author.ID).SetBody(body).
		SetBodyHTML(shown.HTML).SetHTMLVersion(markup.Version).SetExcerpt(shown.Excerpt).SetStatus(status).SetScore(f.tick % 7).
		SetCreatedAt(at).SetUpdatedAt(at)
	if status != post.StatusDRAFT {
		c.SetPublishedAt(at)
	}
	set(c)
	p, err := c.Save(f.t.Context())
	return must(f, p, err)
}

// Comment makes a comment.
func (f *Fixture) Comment(author *ent.User, on *ent.Post, body string) *ent.Comment {
	f.t.Helper()
	at := f.next()
	c, err := f.client.Comment.Create().SetAuthorID(author.ID).SetPostID(on.ID).SetBody(body).
		SetCreatedAt(at).SetUpdatedAt(at).Save(f.t.Context())
	return must(f, c, err)
}

// Tag makes a tag and files posts under it.
func (f *Fixture) Tag(name string, posts ...*ent.Post) *ent.Tag {
	f.t.Helper()
	tag, err := f.client.Tag.Create().SetName(name).Save(f.t.Context())
	must(f, tag, err)
	for _, p := range posts {
		c := f.client.PostTag.Create().SetPostID(p.ID).SetTagID(tag.ID)
		if p.Status == post.StatusPUBLISHED && p.ParentID == nil {
			c.SetPublishedAt(*p.PublishedAt)
		}
		must(f, struct{}{}, c.Exec(f.t.Context()))
	}
	return tag
}
