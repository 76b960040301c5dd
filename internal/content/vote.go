package content

import (
	"context"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/predicate"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/vote"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/feed"
)

// VotePost makes value, which is 1, -1 or 0 for none, the viewer's vote on a
// published post, and returns the post with its new score. Voting is no change
// of the post: its UpdatedAt stays.
func (c *Content) VotePost(ctx context.Context, id typeid.Post, value int) (*ent.Post, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var voted *ent.Post
	err = c.change(ctx, "votePost", func(ctx context.Context, tx *ent.Tx) error {
		// The lock on the post keeps its votes and its score together: of two who
		// vote at once, the second finds what the first made of the score.
		p, err := c.postForChange(ctx, tx, v, id)
		switch {
		case err != nil:
			return err
		case p.Status != post.StatusPUBLISHED:
			return apperr.BadInput("input.id", "this post is not published")
		}
		voted = p
		mine := []predicate.Vote{vote.PostID(id), vote.UserID(v.ID)}
		ctx = feed.About(feed.About(ctx, p), &ent.Vote{PostID: id, UserID: v.ID})
		before, err := tx.Vote.Query().Where(mine...).Only(ctx)
		switch {
		case ent.IsNotFound(err):
			before = &ent.Vote{}
		case err != nil:
			return err
		}
		if before.Value == value {
			return nil
		}
		switch {
		case value == 0:
			_, err = tx.Vote.Delete().Where(mine...).Exec(ctx)
		case before.Value == 0:
			err = tx.Vote.Create().SetPostID(id).SetUserID(v.ID).SetValue(value).SetCreatedAt(c.now()).Exec(ctx)
		default:
			err = tx.Vote.Update().Where(mine...).SetValue(value).Exec(ctx)
		}
		if err != nil {
			return err
		}
		p.Score += value - before.Value
		return tx.Post.Update().Where(post.ID(id)).SetScore(p.Score).Exec(ctx)
	})
	return voted, err
}
