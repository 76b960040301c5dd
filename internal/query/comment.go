package query

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/page"
)

// Comments are the comments that the viewer may see.
var Comments = entity(table.Comments, (*Queries).commentVisible)

// CommentPath is where a list of comments starts.
type CommentPath uint8

// The paths.
const (
	// CommentsOfPost is the comments on a post that the viewer can see.
	CommentsOfPost CommentPath = iota + 1
	// CommentsOfAuthor is the comments that a user wrote.
	CommentsOfAuthor
)

// CommentList is a list of comments.
type CommentList struct{ Path CommentPath }

// Entity implements List.
func (CommentList) Entity() *Entity[ent.Comment] { return Comments }

// Nested implements List.
func (CommentList) Nested() bool { return true }

// Loaders implements List.
func (l CommentList) Loaders() (pages, counts string) {
	if l.Path == CommentsOfAuthor {
		return "CommentsByAuthor", "CommentCountByAuthor"
	}
	return "CommentsByPost", "CommentCountByPost"
}

func (CommentList) columns(o page.Order) Columns {
	if o.Field == page.UpdatedAt {
		return table.CommentUpdatedAt
	}
	return table.CommentCreatedAt
}

func (l CommentList) sources(o page.Order) []source {
	from := source{table: comment.Table, ref: comment.FieldPostID}
	if l.Path == CommentsOfAuthor {
		from.ref = comment.FieldAuthorID
	}
	if o.Field == page.UpdatedAt {
		from.columns = []string{comment.FieldUpdatedAt}
	}
	return []source{from}
}

// Position implements List.
func (CommentList) Position(o page.Order, c *ent.Comment) page.Position {
	if o.Field == page.UpdatedAt {
		return page.AtTime(c.UpdatedAt, c.ID.UUID())
	}
	return page.AtTime(c.CreatedAt, c.ID.UUID())
}

func (l CommentList) statement(q *Queries, o page.Order) list {
	by := order{"c.created_at", "c.id"}
	if o.Field == page.UpdatedAt {
		by.column = "c.updated_at"
	}
	out := list{from: "comments c", parent: "c.post_id", order: by, outer: by, where: func(*builder) {}}
	if l.Path == CommentsOfAuthor {
		out.parent, out.where = "c.author_id", q.commentVisible
	}
	return out
}

// InsertComment returns the statement that writes a comment and checks its
// post. For a post that is not published, or that the viewer may not see, the
// id in the statement does not exist, so the foreign key refuses the comment.
func (q *Queries) InsertComment(c *ent.Comment) (statement string, args []any) {
	b := q.builder()
	b.write("INSERT INTO comments (id, author_id, body, created_at, updated_at, post_id) VALUES (").id(Key(c.ID.ID)).write(", ").
		id(Key(c.AuthorID.ID)).write(", ").arg(c.Body).write(", ").arg(c.CreatedAt).write(", ").arg(c.UpdatedAt).
		write(", COALESCE((SELECT p.id FROM posts p WHERE p.id = ").id(Key(c.PostID.ID)).write(" AND p.status = 'PUBLISHED'")
	b.terms++
	q.postVisible(b)
	b.write("), ").id(Key{}).write("))")
	return b.sql.String(), b.args
}
