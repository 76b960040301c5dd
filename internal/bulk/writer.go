package bulk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/ghost"
)

// Store is what a Writer needs of *database.Database.
type Store interface {
	Dialect() string
	Pool() *pgxpool.Pool // nil on SQLite
	DB() *sql.DB
}

// Writer writes batches of rows in one transaction. It holds no more than the
// batch it was given: some thousand rows at once are right. An id that stands
// twice in a batch is written as it stands last. It is not safe for concurrent
// use.
type Writer struct{ tx backend }

// backend is what differs between the stores. Batches are not empty and each
// id stands once.
type backend interface {
	users(ctx context.Context, rows []User) (Result, error)
	tags(ctx context.Context, rows []Tag) (Result, error)
	posts(ctx context.Context, rows []derivedPost) (Result, error)
	comments(ctx context.Context, rows []Comment) (Result, error)
	addScores(ctx context.Context, rows []Score) error

	knownUsers(ctx context.Context, ids []typeid.User) (map[typeid.User]bool, error)
	knownPosts(ctx context.Context, ids []typeid.Post) (map[typeid.Post]bool, error)
	usernames(ctx context.Context, keys []string) (map[string]typeid.User, error)

	commit(ctx context.Context) error
	rollback() error
}

// InTx runs fn with a Writer whose work is committed when fn returns nil, and
// undone as a whole when it returns an error or panics. On SQLite it holds the
// file's write lock from its start.
func InTx(ctx context.Context, store Store, fn func(*Writer) error) (err error) {
	var tx backend
	switch store.Dialect() {
	case dialect.Postgres:
		tx, err = beginPostgres(ctx, store.Pool())
	case dialect.SQLite:
		tx, err = beginSQLite(ctx, store.DB())
	default:
		err = fmt.Errorf("unknown dialect %q", store.Dialect())
	}
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			err = errors.Join(err, tx.rollback())
		}
	}()
	if err := fn(&Writer{tx}); err != nil {
		return err
	}
	if err := tx.commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}

// Users writes users.
func (w *Writer) Users(ctx context.Context, rows []User) (Result, error) {
	return batch(rows, func(u *User) typeid.User { return u.ID }, "users", func(rows []User) (Result, error) {
		return w.tx.users(ctx, rows)
	})
}

// Tags writes tags. One whose name is there counts as unchanged.
func (w *Writer) Tags(ctx context.Context, rows []Tag) (Result, error) {
	return batch(rows, func(t *Tag) string { return t.Name }, "tags", func(rows []Tag) (Result, error) {
		return w.tx.tags(ctx, rows)
	})
}

// Posts writes posts with their tags and what search finds them by. Authors,
// parents and tags must be there, parents at the latest in the same batch. A
// post that only changed in its tags counts as unchanged.
func (w *Writer) Posts(ctx context.Context, rows []Post) (Result, error) {
	return batch(rows, func(p *Post) typeid.Post { return p.ID }, "posts", func(rows []Post) (Result, error) {
		return w.tx.posts(ctx, derive(rows))
	})
}

// Comments writes comments. Authors and posts must be there.
func (w *Writer) Comments(ctx context.Context, rows []Comment) (Result, error) {
	return batch(rows, func(c *Comment) typeid.Comment { return c.ID }, "comments", func(rows []Comment) (Result, error) {
		return w.tx.comments(ctx, rows)
	})
}

// AddScores adds to the scores of posts; a post that is not there is ignored.
// Each post may stand once.
func (w *Writer) AddScores(ctx context.Context, rows []Score) error {
	if len(rows) == 0 {
		return nil
	}
	if err := w.tx.addScores(ctx, rows); err != nil {
		return fmt.Errorf("add scores: %w", err)
	}
	return nil
}

// KnownUsers tells which of the ids are there.
func (w *Writer) KnownUsers(ctx context.Context, ids []typeid.User) (map[typeid.User]bool, error) {
	known, err := w.tx.knownUsers(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look up users: %w", err)
	}
	return known, nil
}

// KnownPosts tells which of the ids are there; the value is true for a
// top-level post and false for a reply.
func (w *Writer) KnownPosts(ctx context.Context, ids []typeid.Post) (map[typeid.Post]bool, error) {
	known, err := w.tx.knownPosts(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look up posts: %w", err)
	}
	return known, nil
}

// Usernames tells who has which of the names, which are given and returned in
// lower case.
func (w *Writer) Usernames(ctx context.Context, keys []string) (map[string]typeid.User, error) {
	holders, err := w.tx.usernames(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("look up user names: %w", err)
	}
	return holders, nil
}

// Ghost returns the id of the user to whom content without an author belongs,
// and makes that user if need be.
func (w *Writer) Ghost(ctx context.Context) (typeid.User, error) {
	holders, err := w.Usernames(ctx, []string{ghost.Username})
	if err != nil {
		return typeid.User{}, err
	}
	if id, ok := holders[ghost.Username]; ok {
		return id, nil
	}
	at := ghost.CreatedAt()
	made := User{ID: ghost.ID(), Username: ghost.Username, Name: ghost.Name, Bio: ghost.Bio, Role: auth.RoleUser, CreatedAt: at, UpdatedAt: at}
	if _, err := w.Users(ctx, []User{made}); err != nil {
		return typeid.User{}, err
	}
	return made.ID, nil
}

// batch writes rows, of those with the same key the last.
func batch[T any, K comparable](rows []T, key func(*T) K, kind string, write func([]T) (Result, error)) (Result, error) {
	if len(rows) == 0 {
		return Result{}, nil
	}
	last := make(map[K]int, len(rows))
	for i := range rows {
		last[key(&rows[i])] = i
	}
	repeated := len(rows) - len(last)
	if repeated > 0 {
		kept := make([]T, 0, len(last))
		for i := range rows {
			if last[key(&rows[i])] == i {
				kept = append(kept, rows[i])
			}
		}
		rows = kept
	}
	result, err := write(rows)
	if err != nil {
		return Result{}, fmt.Errorf("write %s: %w", kind, err)
	}
	result.Unchanged += repeated
	return result, nil
}
