package content

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/markup"
)

// A portion of posts is read and changed in one transaction: few, since each
// may have a body of 40 kB and writers wait for it on SQLite.
const rerenderPortion = 100

// Rerender renders the bodies of all posts that another version of the renderer
// made, portion by portion, and returns how many those were. A post that is
// changed meanwhile is left to whoever changed it. It may be stopped and begun
// again at any time, and several may run at once.
func Rerender(ctx context.Context, db *database.Database) (rendered int, err error) {
	ctx = database.NameStatements(ctx, "rerender")
	var last typeid.Post
	for {
		var portion []*ent.Post
		changed := 0
		err := db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			changed = 0
			var err error
			portion, err = tx.Post.Query().Where(post.IDGT(last), post.HTMLVersionNEQ(markup.Version)).
				Order(post.ByID()).Limit(rerenderPortion).
				Select(post.FieldID, post.FieldBody, post.FieldBodyFormat, post.FieldHTMLVersion, post.FieldUpdatedAt, post.FieldAuthorID, post.FieldParentID).All(ctx)
			if err != nil {
				return err
			}
			for _, p := range portion {
				n, err := tx.Post.Update().
					Where(post.ID(p.ID), post.HTMLVersion(p.HTMLVersion), post.UpdatedAt(p.UpdatedAt)).
					SetBodyHTML(markup.HTML(markup.Format(p.BodyFormat), p.Body)).SetHTMLVersion(markup.Version).
					SetUpdatedAt(p.UpdatedAt). // its author changed nothing
					Save(feed.About(ctx, p))
				if err != nil {
					return err
				}
				changed += n
			}
			return nil
		})
		if err != nil {
			return rendered, err
		}
		rendered += changed
		if len(portion) < rerenderPortion {
			return rendered, nil
		}
		last = portion[len(portion)-1].ID
	}
}
