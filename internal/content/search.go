package content

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/searchindex"
)

// index brings search in line with a post: it finds published posts and no
// others, so that nothing of a draft is in what search reads; fresh says that it
// did not find this one before.
func (c *Content) index(ctx context.Context, tx *ent.Tx, p *ent.Post, text string, fresh bool) error {
	switch {
	case p.Status == post.StatusPUBLISHED:
	case fresh:
		return nil
	default:
		return c.unindex(ctx, tx, p)
	}
	store := c.db.Dialect()
	if !fresh && store != dialect.Postgres {
		if err := c.unindex(ctx, tx, p); err != nil {
			return err
		}
	}
	title := ""
	if p.Title != nil {
		title = *p.Title
	}
	_, err := tx.ExecContext(ctx, searchindex.Put(store), p.ID, title, text)
	return wrapIndex(err)
}

// unindex takes a post out of search.
func (c *Content) unindex(ctx context.Context, tx *ent.Tx, p *ent.Post) error {
	_, err := tx.ExecContext(ctx, searchindex.Remove(c.db.Dialect(), "$1"), p.ID)
	return wrapIndex(err)
}

func wrapIndex(err error) error {
	if err != nil {
		return fmt.Errorf("index post: %w", err)
	}
	return nil
}
