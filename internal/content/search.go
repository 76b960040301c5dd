package content

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/markup"
)

// index keeps the text of a post for search. The statements are those of the
// tables in migrations; internal/bulk writes the same rows in bulk.
func (c *Content) index(ctx context.Context, tx *ent.Tx, p *ent.Post) error {
	title := ""
	if p.Title != nil {
		title = *p.Title
	}
	text := markup.Text(markup.Format(p.BodyFormat), p.Body)
	statements := []string{
		`DELETE FROM post_search WHERE post_id = ?`,
		`INSERT INTO post_search (post_id, title, body) VALUES (?, ?, ?)`,
	}
	args := [][]any{{p.ID.UUID().String()}, {p.ID.UUID().String(), title, text}}
	if c.db.Dialect() == dialect.Postgres {
		statements = []string{`INSERT INTO post_search (post_id, document)
			VALUES ($1, setweight(to_tsvector('english', $2), 'A') || setweight(to_tsvector('english', $3), 'B'))
			ON CONFLICT (post_id) DO UPDATE SET document = EXCLUDED.document`}
		args = args[1:]
	}
	for i, s := range statements {
		if _, err := tx.ExecContext(ctx, s, args[i]...); err != nil {
			return fmt.Errorf("index post: %w", err)
		}
	}
	return nil
}
