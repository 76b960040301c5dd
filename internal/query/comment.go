package query

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/page"
)

var comments = &entity[ent.Comment]{Table: table.Comments}

// CommentsByID reads the comments with these ids, in their order; nil stands
// for one that does not exist or that the viewer may not see.
func (q *Queries) CommentsByID(ctx context.Context, loader string, ids *Keys, columns Columns) ([]*ent.Comment, error) {
	return byKey(ctx, q, comments, loader, ids, columns, q.commentVisible)
}

// CommentPath is where a list of comments starts.
type CommentPath uint8

// The paths.
const (
	// CommentsOfPost is the comments on a post that the viewer sees already.
	CommentsOfPost CommentPath = iota + 1
	// CommentsOfAuthor is what a user commented.
	CommentsOfAuthor
)

// CommentPosition returns a comment's place in a list in this order.
func CommentPosition(o page.Order, c *ent.Comment) page.Position {
	if o.Field == page.UpdatedAt {
		return page.AtTime(c.UpdatedAt, c.ID.UUID())
	}
	return page.AtTime(c.CreatedAt, c.ID.UUID())
}

func commentOrderColumns(o page.Order) Columns {
	if o.Field == page.UpdatedAt {
		return table.CommentUpdatedAt
	}
	return table.CommentCreatedAt
}

func (q *Queries) commentList(path CommentPath, o page.Order) list {
	by := order{"c.created_at", "c.id"}
	if o.Field == page.UpdatedAt {
		by.column = "c.updated_at"
	}
	l := list{from: "comments c", parent: "c.post_id", order: by, outer: by, where: func(*builder) {}}
	if path == CommentsOfAuthor {
		l.parent, l.where = "c.author_id", q.commentVisible
	}
	return l
}

// CommentPages reads one page of comments for each parent, in reading order
// and with one row more than wanted: see page.Cut.
func (q *Queries) CommentPages(ctx context.Context, loader string, path CommentPath, parents *Keys, p page.Page, columns Columns) ([][]*ent.Comment, error) {
	return pagesOf(ctx, q, comments, loader, q.commentList(path, p.Order), parents, p, columns|commentOrderColumns(p.Order))
}

// CommentCounts counts the comments of each parent.
func (q *Queries) CommentCounts(ctx context.Context, loader string, path CommentPath, parents *Keys) ([]int, error) {
	return q.countsOf(ctx, loader, q.commentList(path, page.Order{}), parents)
}

// InsertComment returns the statement that writes a comment and checks on what:
// a post that is not published, or not for the viewer, has no id there, so that
// the foreign key refuses the comment.
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
