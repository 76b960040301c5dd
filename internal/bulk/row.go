package bulk

import (
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
)

// User is a row of users. What is derived (keys in lower case) is set by the
// Writer.
type User struct {
	ID        typeid.User
	Username  string
	Name      string
	Bio       string
	AvatarURL string
	// Email is NULL when empty. Email and Role are the account's own: they are
	// written with a new user and left alone in one that is there.
	Email                string
	Role                 auth.Role
	CreatedAt, UpdatedAt time.Time
}

// Post is a row of posts with its tags. The Writer derives the excerpt, the
// rows of post_tags and that of post_search.
type Post struct {
	ID    typeid.Post
	Title string // NULL when empty: a reply
	Body  string
	// Text is the body without mark-up, as markup.Text has it, where the caller
	// knows it; empty means that the Writer finds out, and renders the body on
	// the way. Else that is left to the first reader: it takes longer than all
	// the rest of a million made-up posts.
	Text   string
	Format post.BodyFormat
	Status post.Status
	// PublishedAt is NULL when zero.
	PublishedAt time.Time
	Score       int // what it starts with; the votes of users here are added
	AuthorID    typeid.User
	ParentID    typeid.Post // NULL when zero
	// Tags are names, each once. They replace the tags that the post had; a name
	// that the store lacks is ignored, so Tags go first.
	Tags                 []string
	CreatedAt, UpdatedAt time.Time
}

// listed reports whether the post is in the lists that everybody sees.
func (p *Post) listed() bool { return p.Status == post.StatusPUBLISHED && p.ParentID.IsZero() }

// Comment is a row of comments.
type Comment struct {
	ID                   typeid.Comment
	Body                 string
	AuthorID             typeid.User
	PostID               typeid.Post
	CreatedAt, UpdatedAt time.Time
}

// Tag is a row of tags. A tag whose name is there already stays as it is, id
// and all.
type Tag struct {
	ID        typeid.Tag
	Name      string // in lower case
	CreatedAt time.Time
}

// Score is to be added to a post's score.
type Score struct {
	PostID typeid.Post
	Add    int
}

// Result counts what became of the rows of a batch.
type Result struct{ Inserted, Updated, Unchanged int }

// Add adds another batch.
func (r *Result) Add(other Result) {
	r.Inserted += other.Inserted
	r.Updated += other.Updated
	r.Unchanged += other.Unchanged
}

// Written is how many rows were new or changed.
func (r Result) Written() int { return r.Inserted + r.Updated }
