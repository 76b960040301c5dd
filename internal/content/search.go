package content

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
)

// index brings search in line with a post: it finds published posts and no
// others, so that nothing of a draft is in what search reads; fresh says that it
// did not find this one before. The statements are those of the tables in
// migrations; internal/bulk writes the same rows in bulk.
func (c *Content) index(ctx context.Context, tx *ent.Tx, p *ent.Post, text string, fresh bool) error {
	switch {
	case p.Status == post.StatusPUBLISHED:
	case fresh:
		return nil
	default:
		return c.unindex(ctx, tx, p)
	}
	title := ""
	if p.Title != nil {
		title = *p.Title
	}
	if c.db.Dialect() == dialect.Postgres {
		_, err := tx.ExecContext(ctx, `INSERT INTO post_search (post_id, document)
			VALUES ($1, setweight(to_tsvector('english', $2), 'A') || setweight(to_tsvector('english', $3), 'B'))
			ON CONFLICT (post_id) DO UPDATE SET document = EXCLUDED.document`, p.ID, title, text)
		return wrapIndex(err)
	}
	if !fresh {
		if err := c.unindex(ctx, tx, p); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO post_search (post_id, title, body) VALUES (?, ?, ?)`, p.ID, title, text)
	return wrapIndex(err)
}

// unindex takes a post out of search.
func (c *Content) unindex(ctx context.Context, tx *ent.Tx, p *ent.Post) error {
	statement := `DELETE FROM post_search WHERE post_id = $1`
	if c.db.Dialect() != dialect.Postgres {
		// By the index on FTS5's own table of contents: by post_id it would read
		// every row.
		statement = `DELETE FROM post_search WHERE rowid IN (SELECT id FROM post_search_content WHERE c0 = ?)`
	}
	_, err := tx.ExecContext(ctx, statement, p.ID)
	return wrapIndex(err)
}

func wrapIndex(err error) error {
	if err != nil {
		return fmt.Errorf("index post: %w", err)
	}
	return nil
}
