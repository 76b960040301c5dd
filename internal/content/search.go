package content

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/markup"
)

// index keeps the text of a post for search; fresh says that it was not there
// before. The statements are those of the tables in migrations; internal/bulk
// writes the same rows in bulk.
func (c *Content) index(ctx context.Context, tx *ent.Tx, p *ent.Post, fresh bool) error {
	title := ""
	if p.Title != nil {
		title = *p.Title
	}
	text := markup.Text(markup.Format(p.BodyFormat), p.Body)
	if c.db.Dialect() == dialect.Postgres {
		_, err := tx.ExecContext(ctx, `INSERT INTO post_search (post_id, document)
			VALUES ($1, setweight(to_tsvector('english', $2), 'A') || setweight(to_tsvector('english', $3), 'B'))
			ON CONFLICT (post_id) DO UPDATE SET document = EXCLUDED.document`, p.ID, title, text)
		return wrapIndex(err)
	}
	if !fresh {
		// By the index on FTS5's own table of contents: by post_id it would read
		// every row.
		if _, err := tx.ExecContext(ctx, `DELETE FROM post_search WHERE rowid IN (SELECT id FROM post_search_content WHERE c0 = ?)`, p.ID); err != nil {
			return wrapIndex(err)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO post_search (post_id, title, body) VALUES (?, ?, ?)`, p.ID, title, text)
	return wrapIndex(err)
}

func wrapIndex(err error) error {
	if err != nil {
		return fmt.Errorf("index post: %w", err)
	}
	return nil
}
