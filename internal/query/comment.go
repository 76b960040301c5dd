package query

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/internal/page"
)

// Columns of a comment.
const (
	CommentID Columns = 1 << iota
	CommentBody
	CommentCreatedAt
	CommentUpdatedAt
	CommentAuthorID
	CommentPostID
)

var comments = &entity[ent.Comment]{table: comment.Table, alias: "c", columns: []column[ent.Comment]{
	{comment.FieldID, func(c *ent.Comment) any { return &c.ID }},
	{comment.FieldBody, func(c *ent.Comment) any { return &c.Body }},
	{comment.FieldCreatedAt, func(c *ent.Comment) any { return &c.CreatedAt }},
	{comment.FieldUpdatedAt, func(c *ent.Comment) any { return &c.UpdatedAt }},
	{comment.FieldAuthorID, func(c *ent.Comment) any { return &c.AuthorID }},
	{comment.FieldPostID, func(c *ent.Comment) any { return &c.PostID }},
}}

// CommentsByID reads the comments with these ids that the viewer may see, in
// any order.
func (q *Queries) CommentsByID(ctx context.Context, loader string, ids []Key, columns Columns) ([]*ent.Comment, error) {
	return byKey(ctx, q, comments, loader, ids, columns, q.commentVisible)
}

// CommentPath is where a list of comments starts.
type CommentPath uint8

// The paths.
const (
	// CommentsOfPost is the comments on a post that the viewer sees already,
	// oldest first.
	CommentsOfPost CommentPath = iota + 1
	// CommentsOfAuthor is what a user commented, newest first.
	CommentsOfAuthor
)

// Order returns how the list runs.
func (path CommentPath) Order() page.Order {
	return page.Order{Field: page.CreatedAt, Desc: path == CommentsOfAuthor}
}

// CommentPosition returns a comment's place in its list.
func CommentPosition(c *ent.Comment) page.Position { return page.AtTime(c.CreatedAt, c.ID.UUID()) }

func (q *Queries) commentList(path CommentPath) list {
	by := order{"c.created_at", "c.id"}
	l := list{from: "comments c", parent: "c.post_id", order: by, outer: by, where: func(*builder) {}}
	if path == CommentsOfAuthor {
		l.parent, l.where = "c.author_id", q.commentVisible
	}
	return l
}

// CommentPages reads one page of comments for each parent, in reading order
// and with one row more than wanted: see page.Cut.
func (q *Queries) CommentPages(ctx context.Context, loader string, path CommentPath, parents []Key, p page.Page, columns Columns) ([][]*ent.Comment, error) {
	return pagesOf(ctx, q, comments, loader, q.commentList(path), parents, p, columns|CommentCreatedAt)
}

// CommentCounts counts the comments of each parent.
func (q *Queries) CommentCounts(ctx context.Context, loader string, path CommentPath, parents []Key) ([]int, error) {
	return q.countsOf(ctx, loader, q.commentList(path), parents)
}
