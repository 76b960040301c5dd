package bulk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/row"
	"github.com/weftql/weft/internal/searchindex"
)

// sqlite inserts many rows by one prepared statement.
type sqlite struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
}

// rowsPerStatement is where longer statements stop being quicker.
const rowsPerStatement = 64

func beginSQLite(ctx context.Context, db *sql.DB) (*sqlite, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &sqlite{tx: tx, prepared: map[string]*sql.Stmt{}}, nil
}

// commit raises the position: the file has changed, for those who remember it.
func (s *sqlite) commit(ctx context.Context) error {
	if _, err := s.tx.ExecContext(ctx, "UPDATE position SET n = n + 1"); err != nil {
		return fmt.Errorf("raise position: %w", err)
	}
	return s.tx.Commit()
}

func (s *sqlite) rollback() error {
	// database/sql has rolled back already when the context ended.
	if err := s.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// insert runs "INSERT INTO name (columns) VALUES … rest" for all rows, and
// returns how many it inserted or updated.
func insert[T any](ctx context.Context, s *sqlite, name string, columns []string, rest string, rows []T, values func(*T, []any)) (int, error) {
	width, changed := len(columns), 0
	args := make([]any, width*min(len(rows), rowsPerStatement))
	for len(rows) > 0 {
		n := min(len(rows), rowsPerStatement)
		for i := range n {
			values(&rows[i], args[i*width:(i+1)*width])
		}
		row := "(?" + strings.Repeat(", ?", width-1) + ")"
		text := fmt.Sprintf("INSERT INTO %s (%s) VALUES %s%s %s",
			name, strings.Join(columns, ", "), row, strings.Repeat(", "+row, n-1), rest)
		statement, err := s.prepare(ctx, text) //nolint:sqlclosecheck // closes with the transaction
		if err != nil {
			return 0, err
		}
		result, err := statement.ExecContext(ctx, args[:n*width]...)
		if err != nil {
			return 0, fmt.Errorf("insert into %s: %w", name, err)
		}
		affected, err := result.RowsAffected()
		if err != nil {
			return 0, fmt.Errorf("insert into %s: %w", name, err)
		}
		changed += int(affected)
		rows = rows[n:]
	}
	return changed, nil
}

func (s *sqlite) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if statement, ok := s.prepared[text]; ok {
		return statement, nil
	}
	// It closes with the transaction.
	statement, err := s.tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare statement: %w", err)
	}
	s.prepared[text] = statement
	return statement, nil
}

// upsertSQLite inserts or updates rows of a table. SQLite does not tell one
// from the other, so those that are there are counted before.
func upsertSQLite[T any](ctx context.Context, s *sqlite, t target, rows []T, key func(*T) string, values func(*T, []any)) (Result, error) {
	keys := make([]string, len(rows))
	for i := range rows {
		keys[i] = key(&rows[i])
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return Result{}, fmt.Errorf("list ids: %w", err)
	}
	there := 0
	count := fmt.Sprintf("SELECT count(*) FROM %s WHERE %s IN (SELECT value FROM json_each(?))", t.name, t.key)
	if err := s.tx.QueryRowContext(ctx, count, string(list)).Scan(&there); err != nil {
		return Result{}, fmt.Errorf("count %s: %w", t.name, err)
	}
	changed, err := insert(ctx, s, t.name, t.columns, t.onConflict(t.name), rows, values)
	if err != nil {
		return Result{}, err
	}
	r := Result{Inserted: len(rows) - there}
	r.Updated = changed - r.Inserted
	r.Unchanged = there - r.Updated
	return r, nil
}

func (s *sqlite) users(ctx context.Context, rows []User) (Result, error) {
	return upsertSQLite(ctx, s, userTable, rows, func(u *User) string { return u.ID.UUID().String() }, (*User).values)
}

func (s *sqlite) tags(ctx context.Context, rows []Tag) (Result, error) {
	return upsertSQLite(ctx, s, tagTable, rows, func(t *Tag) string { return t.Name }, (*Tag).values)
}

func (s *sqlite) comments(ctx context.Context, rows []Comment) (Result, error) {
	return upsertSQLite(ctx, s, commentTable, rows, func(c *Comment) string { return c.ID.UUID().String() }, (*Comment).values)
}

func (s *sqlite) posts(ctx context.Context, rows []derivedPost) (Result, error) {
	result, err := upsertSQLite(ctx, s, postTable, rows, func(d *derivedPost) string { return d.ID.UUID().String() }, (*derivedPost).values)
	if err != nil {
		return Result{}, err
	}
	if result.Inserted < len(rows) {
		const these = "SELECT value FROM json_each(?)"
		for _, statement := range []string{
			"DELETE FROM post_tags WHERE post_id IN (" + these + ")",
			searchindex.Remove(dialect.SQLite, these),
		} {
			if err := s.deleteOf(ctx, statement, rows); err != nil {
				return Result{}, err
			}
		}
	}
	if err := s.postTags(ctx, rows); err != nil {
		return Result{}, err
	}
	_, err = insert(ctx, s, searchindex.Table, searchindex.Columns(), "", published(rows), func(d *derivedPost, out []any) {
		out[0], out[1], out[2] = d.ID, d.Title, d.text
	})
	return result, err
}

// deleteOf runs a statement that removes what belongs to posts, to be written
// anew. Its argument is their ids.
func (s *sqlite) deleteOf(ctx context.Context, statement string, posts []derivedPost) error {
	ids := make([]string, len(posts))
	for i, p := range posts {
		ids[i] = p.ID.UUID().String()
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return fmt.Errorf("list ids: %w", err)
	}
	if _, err := s.tx.ExecContext(ctx, statement, string(list)); err != nil {
		return fmt.Errorf("remove what posts had: %w", err)
	}
	return nil
}

func (s *sqlite) postTags(ctx context.Context, posts []derivedPost) error {
	statement, err := s.prepare(ctx, "INSERT INTO post_tags (post_id, tag_id, published_at) SELECT ?, id, ? FROM tags WHERE name = ?") //nolint:sqlclosecheck // closes with the transaction
	if err != nil {
		return err
	}
	for _, t := range postTags(posts) {
		if _, err := statement.ExecContext(ctx, t.postID, row.OrNil(orNil(t.publishedAt)), t.name); err != nil {
			return fmt.Errorf("write post_tags: %w", err)
		}
	}
	return nil
}

func (s *sqlite) addScores(ctx context.Context, rows []Score) error {
	statement, err := s.prepare(ctx, "UPDATE posts SET score = score + ?1, score_base = score_base + ?1 WHERE id = ?2") //nolint:sqlclosecheck // closes with the transaction
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := statement.ExecContext(ctx, row.Add, row.PostID); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqlite) knownUsers(ctx context.Context, ids []typeid.User) (map[typeid.User]bool, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = id.UUID().String()
	}
	return lookUpSQLite[typeid.User, bool](ctx, s, "SELECT id, true FROM users WHERE id IN (SELECT value FROM json_each(?))", keys)
}

func (s *sqlite) knownPosts(ctx context.Context, ids []typeid.Post) (map[typeid.Post]bool, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = id.UUID().String()
	}
	return lookUpSQLite[typeid.Post, bool](ctx, s, "SELECT id, parent_id IS NULL FROM posts WHERE id IN (SELECT value FROM json_each(?))", keys)
}

func (s *sqlite) usernames(ctx context.Context, keys []string) (map[string]typeid.User, error) {
	return lookUpSQLite[string, typeid.User](ctx, s, "SELECT username_key, id FROM users WHERE username_key IN (SELECT value FROM json_each(?))", keys)
}

// lookUpSQLite runs a statement that returns a key and a value for some of the
// keys.
func lookUpSQLite[K comparable, V any](ctx context.Context, s *sqlite, statement string, keys []string) (found map[K]V, err error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	rows, err := s.tx.QueryContext(ctx, statement, string(list))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found = make(map[K]V, len(keys))
	for rows.Next() {
		var key K
		var value V
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		found[key] = value
	}
	return found, rows.Err()
}
