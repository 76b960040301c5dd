package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/ent/vote"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/ghost"
)

// Delete deletes the viewer's account. What they wrote then belongs to ghost,
// except for drafts, which nobody else has seen and which go; with everything
// it goes too, with the replies and comments of others on it. Their votes are
// taken back.
func (a *Accounts) Delete(ctx context.Context, current string, everything bool) (typeid.User, error) {
	v, err := inPerson(ctx)
	if err != nil {
		return typeid.User{}, err
	}
	ctx = database.NameStatements(ctx, "deleteAccount")
	if _, _, err := a.again(ctx, v, current); err != nil {
		return typeid.User{}, err
	}
	var ended []uuid.UUID
	err = a.change(ctx, "deleteAccount", func(ctx context.Context, tx *ent.Tx) error {
		if _, err := a.lockUser(ctx, tx, v.ID); err != nil {
			return err
		}
		detail := "posts and comments were kept"
		dispose := leaveContent
		if everything {
			detail = "posts and comments were deleted"
			dispose = deleteContent
		}
		if err := dispose(ctx, tx, v.ID); err != nil {
			return err
		}
		if err := takeBackVotes(ctx, tx, v.ID); err != nil {
			return err
		}
		var err error
		if ended, err = endAll(ctx, tx, v.ID); err != nil {
			return err
		}
		if len(ended) > 0 {
			if err := a.announce(ctx, tx, ended...); err != nil {
				return err
			}
		}
		if err := tx.User.DeleteOneID(v.ID).Exec(ctx); err != nil {
			return err
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionACCOUNT_DELETED, v.ID, v.ID, detail})
	})
	if err != nil {
		return typeid.User{}, err
	}
	database.AfterCommit(ctx, func() { a.forget(ended...) })
	return v.ID, nil
}

// endAll returns the sessions and tokens of a user, whose rows go with the
// user's.
func endAll(ctx context.Context, tx *ent.Tx, id typeid.User) ([]uuid.UUID, error) {
	sessions, err := tx.Session.Query().Where(session.UserID(id), session.RevokedAtIsNil()).IDs(ctx)
	if err != nil {
		return nil, err
	}
	ended := credentials(sessions)
	tokens, err := tx.AccessToken.Query().Where(accesstoken.UserID(id)).IDs(ctx)
	for _, token := range tokens {
		ended = append(ended, token.UUID())
	}
	return ended, err
}

func leaveContent(ctx context.Context, tx *ent.Tx, id typeid.User) error {
	to, err := heir(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Post.Delete().Where(post.AuthorID(id), post.StatusEQ(post.StatusDRAFT)).Exec(ctx); err != nil {
		return err
	}
	if err := tx.Post.Update().Where(post.AuthorID(id)).SetAuthorID(to).Exec(ctx); err != nil {
		return err
	}
	return tx.Comment.Update().Where(comment.AuthorID(id)).SetAuthorID(to).Exec(ctx)
}

func deleteContent(ctx context.Context, tx *ent.Tx, id typeid.User) error {
	if _, err := tx.Comment.Delete().Where(comment.AuthorID(id)).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.Post.Delete().Where(post.AuthorID(id)).Exec(ctx)
	return err
}

// takeBackVotes deletes a user's votes and what they added to scores.
func takeBackVotes(ctx context.Context, tx *ent.Tx, id typeid.User) error {
	_, err := tx.ExecContext(ctx, `UPDATE posts SET score = score - v.value
		FROM votes v WHERE v.post_id = posts.id AND v.user_id = $1`, id)
	if err != nil {
		return fmt.Errorf("take back votes: %w", err)
	}
	feed.Rewritten(ctx, ent.TypePost)
	_, err = tx.Vote.Delete().Where(vote.UserID(id)).Exec(ctx)
	return err
}

// heir returns the user who inherits; it is made when there is none yet.
func heir(ctx context.Context, tx *ent.Tx) (typeid.User, error) {
	found, err := tx.User.Query().Where(user.UsernameKey(ghost.Username)).OnlyID(ctx)
	if !ent.IsNotFound(err) {
		return found, err
	}
	at := ghost.CreatedAt()
	return ghost.ID(), tx.User.Create().SetID(ghost.ID()).SetUsername(ghost.Username).SetUsernameKey(ghost.Username).SetName(ghost.Name).
		SetBio(ghost.Bio).SetCreatedAt(at).SetUpdatedAt(at).Exec(ctx)
}
