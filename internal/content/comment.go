package content

import (
	"context"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/query"
)

// AddComment writes a comment of the viewer on a published post.
func (c *Content) AddComment(ctx context.Context, on typeid.Post, body string) (*ent.Comment, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check input
	body = check.text("input.body", body, maxComment)
	if err := check.Err(); err != nil {
		return nil, err
	}
	ctx = database.NameStatements(ctx, "addComment")
	// Without a transaction: a post archived in between keeps the comment, as it
	// would have a moment earlier, and one deleted refuses it by its foreign key.
	posts, err := query.New(c.db, v).PostsByID(ctx, "addComment", query.KeysOf(query.Key(on.ID)), query.PostStatus)
	switch {
	case err != nil:
		return nil, err
	case posts[0] == nil:
		return nil, notFound("post", on.String())
	case posts[0].Status != post.StatusPUBLISHED:
		return nil, apperr.BadInput("input.postId", "this post is not published")
	}
	now := c.now()
	made, err := c.db.Client().Comment.Create().SetAuthorID(v.ID).SetPostID(on).SetBody(body).
		SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if ent.IsConstraintError(err) {
		return nil, notFound("post", on.String())
	}
	return made, err
}

// UpdateComment changes a comment of the viewer's.
func (c *Content) UpdateComment(ctx context.Context, id typeid.Comment, body string) (*ent.Comment, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check input
	body = check.text("input.body", body, maxComment)
	if err := check.Err(); err != nil {
		return nil, err
	}
	var changed *ent.Comment
	err = c.change(ctx, "updateComment", func(ctx context.Context, tx *ent.Tx) error {
		found, err := commentForChange(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if !MayUpdateComment(v, found.AuthorID) {
			return apperr.New(apperr.Forbidden, "only its author changes a comment")
		}
		changed, err = tx.Comment.UpdateOne(found).SetBody(body).SetUpdatedAt(c.now()).Save(ctx)
		return err
	})
	return changed, err
}

// DeleteComment deletes a comment of the viewer's, or any for moderators, and
// returns what it was.
func (c *Content) DeleteComment(ctx context.Context, id typeid.Comment) (*ent.Comment, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	var deleted *ent.Comment
	err = c.change(ctx, "deleteComment", func(ctx context.Context, tx *ent.Tx) (err error) {
		if deleted, err = commentForChange(ctx, tx, v, id); err != nil {
			return err
		}
		if !MayDeleteComment(v, deleted.AuthorID) {
			return apperr.New(apperr.Forbidden, "only its author and moderators delete a comment")
		}
		return tx.Comment.DeleteOne(deleted).Exec(ctx)
	})
	return deleted, err
}

func commentForChange(ctx context.Context, tx *ent.Tx, v auth.Viewer, id typeid.Comment) (*ent.Comment, error) {
	found, err := tx.Comment.Query().Where(comment.ID(id), comment.HasPostWith(visible(v)...)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound("comment", id.String())
	}
	return found, err
}
