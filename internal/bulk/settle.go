package bulk

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Settle lets the planner know what was written; without it the first queries
// after a large write would be slow. On PostgreSQL it also folds the new words
// into the search index and marks pages as seen by all, for index-only scans.
func Settle(ctx context.Context, store Store) error {
	var err error
	switch store.Dialect() {
	case dialect.Postgres:
		err = settlePostgres(ctx, store.Pool())
	default:
		// A bound on the rows looked at makes this quick on any file.
		_, err = store.DB().ExecContext(ctx, "PRAGMA analysis_limit = 1000; PRAGMA optimize")
	}
	if err != nil {
		return fmt.Errorf("collect statistics: %w", err)
	}
	return nil
}

// settlePostgres vacuums, which no transaction can do, without the time limit
// of requests.
func settlePostgres(ctx context.Context, pool *pgxpool.Pool) (err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SET statement_timeout = 0"); err != nil {
		return err
	}
	defer func() {
		_, resetErr := conn.Exec(context.WithoutCancel(ctx), "RESET statement_timeout")
		err = errors.Join(err, resetErr)
	}()
	_, err = conn.Exec(ctx, "VACUUM (ANALYZE) users, tags, posts, post_tags, post_search, comments")
	return err
}
