package bulk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/row"
)

// target says how rows of a table are written.
type target struct {
	name    string
	columns []string // all that the entity has
	key     string   // what ON CONFLICT goes by
	// own are the columns that a row keeps when it is there already.
	own []string
	// derived are the columns that a row, when it is there already, gets another
	// value for than the given one; %[1]s stands for the table.
	derived map[string]string
}

var (
	userTable = target{
		name: table.Users.Name, columns: table.Users.Names(), key: user.FieldID,
		own: []string{user.FieldID, user.FieldEmail, user.FieldEmailKey, user.FieldRole},
	}
	tagTable = target{
		name: table.Tags.Name, columns: table.Tags.Names(), key: tag.FieldName,
		own: table.Tags.Names(),
	}
	postTable = target{
		name: table.Posts.Name, columns: table.Posts.Names(), key: post.FieldID,
		own: []string{post.FieldID},
		// The score keeps the votes of users here.
		derived: map[string]string{post.FieldScore: "excluded.score_base + %[1]s.score - %[1]s.score_base"},
	}
	commentTable = target{
		name: table.Comments.Name, columns: table.Comments.Names(), key: comment.FieldID,
		own: []string{comment.FieldID},
	}
)

// onConflict is the end of an INSERT: it updates what differs, and leaves a row
// alone in which nothing does. alias is that of the table.
func (t target) onConflict(alias string) string {
	var set, old, given []string
	for _, column := range t.columns {
		if slices.Contains(t.own, column) {
			continue
		}
		if value, ok := t.derived[column]; ok {
			set = append(set, column+" = "+fmt.Sprintf(value, alias))
			continue
		}
		set = append(set, column+" = excluded."+column)
		old = append(old, alias+"."+column)
		given = append(given, "excluded."+column)
	}
	if len(set) == 0 {
		return fmt.Sprintf("ON CONFLICT (%s) DO NOTHING", t.key)
	}
	return fmt.Sprintf("ON CONFLICT (%s) DO UPDATE SET %s WHERE (%s) IS DISTINCT FROM (%s)",
		t.key, strings.Join(set, ", "), strings.Join(old, ", "), strings.Join(given, ", "))
}

// The functions below fill in the columns of their table, in its order.

func (u *User) values(out []any) {
	table.Users.Values(&ent.User{
		ID: u.ID, Username: u.Username, UsernameKey: strings.ToLower(u.Username), Name: u.Name, Bio: u.Bio, AvatarURL: u.AvatarURL,
		Email: orNil(u.Email), EmailKey: orNil(strings.ToLower(u.Email)), Role: u.Role, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}, out)
}

func (t *Tag) values(out []any) {
	table.Tags.Values(&ent.Tag{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt}, out)
}

func (c *Comment) values(out []any) {
	table.Comments.Values(&ent.Comment{
		ID: c.ID, Body: c.Body, AuthorID: c.AuthorID, PostID: c.PostID, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}, out)
}

func (d *derivedPost) values(out []any) {
	table.Posts.Values(&ent.Post{
		ID: d.ID, Title: orNil(d.Title), Body: d.Body, BodyFormat: d.Format, Excerpt: d.excerpt, Status: d.Status,
		PublishedAt: orNil(d.PublishedAt), Score: d.Score, ScoreBase: d.Score, AuthorID: d.AuthorID, ParentID: orNil(d.ParentID),
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, BodyHTML: d.html, HTMLVersion: d.htmlVersion,
	}, out)
}

// postTag files a post under a tag by its name.
type postTag struct {
	postID      typeid.Post
	name        string
	publishedAt time.Time
}

func (t *postTag) values(out []any) {
	out[0], out[1], out[2] = t.postID, t.name, row.OrNil(orNil(t.publishedAt))
}

func postTags(posts []derivedPost) []postTag {
	var rows []postTag
	for _, p := range posts {
		for _, name := range p.Tags {
			rows = append(rows, postTag{p.ID, name, p.listedAt})
		}
	}
	return rows
}

// orNil returns nil, for NULL, of a zero value.
func orNil[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}
