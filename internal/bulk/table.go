package bulk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
)

// table says how rows are written.
type table struct {
	name    string
	columns []string
	key     string // what ON CONFLICT goes by
	// own are the columns that a row keeps when it is there already.
	own []string
	// derived are the columns that a row, when it is there already, gets another
	// value for than the given one; %[1]s stands for the table. The score of a
	// post keeps the votes of users here.
	derived map[string]string
}

var (
	userTable = table{
		"users",
		[]string{"id", "username", "username_key", "name", "bio", "avatar_url", "email", "email_key", "role", "created_at", "updated_at"},
		"id", []string{"id", "email", "email_key", "role"}, nil,
	}
	tagTable  = table{"tags", []string{"id", "name", "created_at"}, "name", []string{"id", "name", "created_at"}, nil}
	postTable = table{
		"posts",
		[]string{"id", "title", "body", "body_format", "excerpt", "status", "published_at", "score", "score_base", "author_id", "parent_id", "created_at", "updated_at", "body_html", "html_version"},
		"id", []string{"id"}, map[string]string{"score": "excluded.score_base + %[1]s.score - %[1]s.score_base"},
	}
	commentTable = table{
		"comments",
		[]string{"id", "body", "author_id", "post_id", "created_at", "updated_at"},
		"id", []string{"id"}, nil,
	}
)

// onConflict is the end of an INSERT: it updates what differs, and leaves a row
// alone in which nothing does. alias is that of the table.
func (t table) onConflict(alias string) string {
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

// ghost owns what has no author any more.
var ghost = User{
	// A UUID v7 of the first millisecond there is.
	ID:       typeid.UserFrom(uuid.UUID{6: 0x70, 8: 0x80, 15: 1}),
	Username: "ghost", Name: "Ghost", Bio: "Stands in for authors whose accounts are gone.",
	Role: auth.RoleUser, CreatedAt: time.Unix(0, 0).UTC(), UpdatedAt: time.Unix(0, 0).UTC(),
}

// The functions below fill in the columns of their table, in its order.

func (u *User) values(out []any) {
	out[0], out[1], out[2] = u.ID, u.Username, strings.ToLower(u.Username)
	out[3], out[4], out[5] = u.Name, u.Bio, u.AvatarURL
	out[6], out[7] = orNull(u.Email), orNull(strings.ToLower(u.Email))
	out[8], out[9], out[10] = string(u.Role), u.CreatedAt, u.UpdatedAt
}

func (t *Tag) values(out []any) { out[0], out[1], out[2] = t.ID, t.Name, t.CreatedAt }

func (c *Comment) values(out []any) {
	out[0], out[1], out[2], out[3], out[4], out[5] = c.ID, c.Body, c.AuthorID, c.PostID, c.CreatedAt, c.UpdatedAt
}

func (d *derivedPost) values(out []any) {
	out[0], out[1], out[2], out[3] = d.ID, orNull(d.Title), d.Body, string(d.Format)
	out[4], out[5], out[6], out[7] = d.excerpt, string(d.Status), orNull(d.PublishedAt), d.Score
	out[8], out[9], out[10], out[11], out[12] = d.Score, d.AuthorID, orNull(d.ParentID), d.CreatedAt, d.UpdatedAt
	out[13], out[14] = d.html, d.htmlVersion
}

// postTag files a post under a tag by its name.
type postTag struct {
	postID      typeid.Post
	name        string
	publishedAt time.Time
}

func (t *postTag) values(out []any) { out[0], out[1], out[2] = t.postID, t.name, orNull(t.publishedAt) }

func postTags(posts []derivedPost) []postTag {
	var rows []postTag
	for _, p := range posts {
		for _, name := range p.Tags {
			rows = append(rows, postTag{p.ID, name, p.listedAt})
		}
	}
	return rows
}

// orNull makes NULL of a zero value.
func orNull[T comparable](v T) any {
	if v == *new(T) {
		return nil
	}
	return v
}
