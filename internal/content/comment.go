package content

import (
	"context"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/revision"
)

// AddComment writes a comment of the viewer on a published post.
func (c *Content) AddComment(ctx context.Context, on typeid.Post, body string) (*ent.Comment, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check checks
	body = check.Text("input.body", body, maxComment)
	if err := check.Err(); err != nil {
		return nil, err
	}
	now := c.now()
	made := &ent.Comment{ID: typeid.NewComment(), AuthorID: v.ID, PostID: on, Body: body, CreatedAt: now, UpdatedAt: now}
	made.Edges.Author = author(v)
	err = c.change(ctx, "addComment", func(ctx context.Context, tx *ent.Tx) error {
		insert, args := query.New(c.db, v).InsertComment(made)
		_, err := tx.ExecContext(database.Queue(ctx), insert, args...)
		feed.Inserted(ctx, made)
		return err
	})
	if sqlgraph.IsForeignKeyConstraintError(err) {
		return nil, c.whyNoComment(ctx, v, on, err)
	}
	return made, err
}

// whyNoComment finds out why the foreign key refused a comment. It looks from
// outside of a transaction, for one that is running has failed.
func (c *Content) whyNoComment(ctx context.Context, v auth.Viewer, on typeid.Post, cause error) error {
	posts, err := query.ByID(database.Outside(ctx), query.New(c.db, v).Named("addComment"), query.Posts, query.KeysOf(query.Key(on.ID)), table.PostStatus)
	switch {
	case err != nil:
		return err
	case posts[0] == nil:
		return notFound("post", on.String())
	case posts[0].Status != post.StatusPUBLISHED:
		return apperr.BadInput("input.postId", "this post is not published")
	}
	return apperr.Wrap(cause, apperr.Conflict, "the post or the viewer changed at the same time; try again")
}

// UpdateComment changes a comment of the viewer's. A comment that was updated
// since expected, where that is given, is a CONFLICT.
func (c *Content) UpdateComment(ctx context.Context, id typeid.Comment, body string, expected *time.Time) (*ent.Comment, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check checks
	body = check.Text("input.body", body, maxComment)
	if err := check.Err(); err != nil {
		return nil, err
	}
	var changed *ent.Comment
	err = c.change(ctx, "updateComment", func(ctx context.Context, tx *ent.Tx) error {
		found, err := c.commentForChange(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if !MayUpdateComment(v, found.AuthorID) {
			return apperr.New(apperr.Forbidden, "only its author changes a comment")
		}
		if err := revision.Check(expected, id.String(), found.UpdatedAt, map[string]any{"body": found.Body}); err != nil {
			return err
		}
		changed, err = tx.Comment.UpdateOne(found).SetBody(body).SetUpdatedAt(revision.Next(found.UpdatedAt, c.now())).Save(ctx)
		return err
	})
	return changed, err
}

// DeleteComment deletes a comment of the viewer's, or any for moderators, and
// returns what it was.
func (c *Content) DeleteComment(ctx context.Context, id typeid.Comment) (*ent.Comment, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var deleted *ent.Comment
	err = c.change(ctx, "deleteComment", func(ctx context.Context, tx *ent.Tx) (err error) {
		if deleted, err = c.commentForChange(ctx, tx, v, id); err != nil {
			return err
		}
		if !MayDeleteComment(v, deleted.AuthorID) {
			return apperr.New(apperr.Forbidden, "only its author and moderators delete a comment")
		}
		return tx.Comment.DeleteOne(deleted).Exec(feed.About(ctx, deleted))
	})
	return deleted, err
}

// commentForChange is postForChange for a comment.
func (c *Content) commentForChange(ctx context.Context, tx *ent.Tx, v auth.Viewer, id typeid.Comment) (*ent.Comment, error) {
	q := tx.Comment.Query().Where(comment.ID(id), query.New(c.db, v).VisibleComment())
	if c.db.Dialect() == dialect.Postgres {
		q = q.ForUpdate()
	}
	found, err := q.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound("comment", id.String())
	}
	return found, err
}
