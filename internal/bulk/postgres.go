package bulk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/searchindex"
)

// postgres copies a batch into a temporary table and inserts from there.
type postgres struct {
	tx     pgx.Tx
	staged map[string]bool // temporary tables that there are
}

func beginPostgres(ctx context.Context, pool *pgxpool.Pool) (*postgres, error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	p := &postgres{tx: tx, staged: map[string]bool{}}
	// The server's own time limits are for requests. With weft.app off, triggers
	// announce the tables.
	for _, setting := range []string{"weft.app = off", "statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "lock_timeout = '1min'"} {
		if _, err := tx.Exec(ctx, "SET LOCAL "+setting); err != nil {
			return nil, errors.Join(err, p.rollback())
		}
	}
	return p, nil
}

func (p *postgres) commit(ctx context.Context) error { return p.tx.Commit(ctx) }

func (p *postgres) rollback() error {
	// The caller's context may be what ended the work.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := p.tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// stage fills a temporary table with a batch and nothing else. columns is the
// body of its definition.
func stage[T any](ctx context.Context, p *postgres, name, definition string, columns []string, rows []T, values func(*T, []any)) error {
	statement := "TRUNCATE " + name
	if !p.staged[name] {
		statement = "CREATE TEMPORARY TABLE " + name + " (" + definition + ") ON COMMIT DROP"
		p.staged[name] = true
	}
	if _, err := p.tx.Exec(ctx, statement); err != nil {
		return fmt.Errorf("prepare %s: %w", name, err)
	}
	source := &copySource[T]{rows: rows, values: values, buffer: make([]any, len(columns)), at: -1}
	if _, err := p.tx.CopyFrom(ctx, pgx.Identifier{name}, columns, source); err != nil {
		return fmt.Errorf("copy into %s: %w", name, err)
	}
	return nil
}

// copySource gives COPY one row after the other out of one buffer.
type copySource[T any] struct {
	rows   []T
	values func(*T, []any)
	buffer []any
	at     int
}

// Next implements pgx.CopyFromSource.
func (s *copySource[T]) Next() bool { s.at++; return s.at < len(s.rows) }

// Values implements pgx.CopyFromSource.
func (s *copySource[T]) Values() ([]any, error) {
	s.values(&s.rows[s.at], s.buffer)
	return s.buffer, nil
}

// Err implements pgx.CopyFromSource.
func (s *copySource[T]) Err() error { return nil }

// upsert stages rows of a table and inserts or updates them by id.
func upsert[T any](ctx context.Context, p *postgres, t target, rows []T, values func(*T, []any)) (Result, error) {
	staging := "bulk_" + t.name
	if err := stage(ctx, p, staging, "LIKE "+t.name, t.columns, rows, values); err != nil {
		return Result{}, err
	}
	columns := strings.Join(t.columns, ", ")
	// A row that the statement inserted has no deleting transaction.
	statement := fmt.Sprintf(`WITH written AS (
		INSERT INTO %s AS t (%s) SELECT %s FROM %s %s RETURNING t.xmax = 0 AS new
	) SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM written`,
		t.name, columns, columns, staging, t.onConflict("t"))
	var r Result
	if err := p.tx.QueryRow(ctx, statement).Scan(&r.Inserted, &r.Updated); err != nil {
		return Result{}, fmt.Errorf("insert into %s: %w", t.name, err)
	}
	r.Unchanged = len(rows) - r.Inserted - r.Updated
	return r, nil
}

func (p *postgres) users(ctx context.Context, rows []User) (Result, error) {
	return upsert(ctx, p, userTable, rows, (*User).values)
}

func (p *postgres) tags(ctx context.Context, rows []Tag) (Result, error) {
	return upsert(ctx, p, tagTable, rows, (*Tag).values)
}

func (p *postgres) comments(ctx context.Context, rows []Comment) (Result, error) {
	return upsert(ctx, p, commentTable, rows, (*Comment).values)
}

func (p *postgres) posts(ctx context.Context, rows []derivedPost) (Result, error) {
	result, err := upsert(ctx, p, postTable, rows, (*derivedPost).values)
	if err != nil {
		return Result{}, err
	}
	if err := p.postTags(ctx, rows, result.Inserted == len(rows)); err != nil {
		return Result{}, err
	}
	return result, p.search(ctx, published(rows), result.Inserted == len(rows))
}

// postTags replaces the tags of the posts that are staged; fresh posts have
// none to be removed.
func (p *postgres) postTags(ctx context.Context, posts []derivedPost, fresh bool) error {
	rows := postTags(posts)
	const definition = "post_id uuid NOT NULL, name text NOT NULL, published_at timestamptz"
	columns := []string{"post_id", "name", "published_at"}
	if err := stage(ctx, p, "bulk_post_tags", definition, columns, rows, (*postTag).values); err != nil {
		return err
	}
	statements := []string{
		`INSERT INTO post_tags AS t (post_id, tag_id, published_at)
		SELECT s.post_id, tags.id, s.published_at FROM bulk_post_tags s JOIN tags USING (name)
		ON CONFLICT (post_id, tag_id) DO UPDATE SET published_at = excluded.published_at
		WHERE t.published_at IS DISTINCT FROM excluded.published_at`,
	}
	if !fresh {
		statements = append(statements, `DELETE FROM post_tags t USING bulk_posts p
		WHERE t.post_id = p.id AND NOT EXISTS (
			SELECT FROM bulk_post_tags s JOIN tags USING (name) WHERE s.post_id = t.post_id AND tags.id = t.tag_id
		)`)
	}
	for _, statement := range statements {
		if _, err := p.tx.Exec(ctx, statement); err != nil {
			return fmt.Errorf("write post_tags: %w", err)
		}
	}
	return nil
}

// search writes what search reads of published posts, and takes the others
// among those that are staged out of it; fresh posts were not in it.
func (p *postgres) search(ctx context.Context, rows []derivedPost, fresh bool) error {
	const definition = "post_id uuid NOT NULL, title text NOT NULL, text text NOT NULL"
	columns := []string{"post_id", "title", "text"}
	err := stage(ctx, p, "bulk_search", definition, columns, rows, func(d *derivedPost, out []any) {
		out[0], out[1], out[2] = d.ID, d.Title, d.text
	})
	if err != nil {
		return err
	}
	_, err = p.tx.Exec(ctx, searchindex.PutFrom("bulk_search"))
	if err == nil && !fresh {
		_, err = p.tx.Exec(ctx, searchindex.Remove(dialect.Postgres, "SELECT id FROM bulk_posts WHERE status <> 'PUBLISHED'"))
	}
	if err != nil {
		return fmt.Errorf("write post_search: %w", err)
	}
	return nil
}

func (p *postgres) addScores(ctx context.Context, rows []Score) error {
	ids, add := make([]typeid.Post, len(rows)), make([]int, len(rows))
	for i, row := range rows {
		ids[i], add[i] = row.PostID, row.Add
	}
	_, err := p.tx.Exec(ctx, `UPDATE posts SET score = score + s.add, score_base = score_base + s.add
		FROM unnest($1::uuid[], $2::bigint[]) AS s (id, add) WHERE posts.id = s.id`, ids, add)
	return err
}

func (p *postgres) knownUsers(ctx context.Context, ids []typeid.User) (map[typeid.User]bool, error) {
	return lookUp[typeid.User, bool](ctx, p, "SELECT id, true FROM users WHERE id = ANY ($1)", ids)
}

func (p *postgres) knownPosts(ctx context.Context, ids []typeid.Post) (map[typeid.Post]bool, error) {
	return lookUp[typeid.Post, bool](ctx, p, "SELECT id, parent_id IS NULL FROM posts WHERE id = ANY ($1)", ids)
}

func (p *postgres) usernames(ctx context.Context, keys []string) (map[string]typeid.User, error) {
	return lookUp[string, typeid.User](ctx, p, "SELECT username_key, id FROM users WHERE username_key = ANY ($1)", keys)
}

// lookUp runs a statement that returns a key and a value for some of the keys.
func lookUp[K comparable, V any](ctx context.Context, p *postgres, statement string, keys []K) (map[K]V, error) {
	found := make(map[K]V, len(keys))
	rows, err := p.tx.Query(ctx, statement, keys)
	if err != nil {
		return nil, err
	}
	var key K
	var value V
	_, err = pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		found[key] = value
		return nil
	})
	return found, err
}
