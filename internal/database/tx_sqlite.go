package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/weftql/weft/internal/position"
)

// sqliteTx is a transaction of the ent client on SQLite.
type sqliteTx struct {
	recordingConn
	inner *entsql.Tx
	wrote bool
}

// Exec implements dialect.ExecQuerier.
func (t *sqliteTx) Exec(ctx context.Context, query string, args, v any) error {
	t.wrote = true
	return t.recordingConn.Exec(ctx, query, args, v)
}

// ExecContext serves the method of that name of ent's transactions.
func (t *sqliteTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	t.wrote = true
	return t.recordingConn.ExecContext(ctx, query, args...)
}

// Commit implements driver.Tx.
func (t *sqliteTx) Commit() error { return t.inner.Commit() }

// Rollback implements driver.Tx.
func (t *sqliteTx) Rollback() error { return t.inner.Rollback() }

// end raises the counter, if anything was written, and commits. Whoever waits
// for commits hears of them in the order of their positions.
func (t *sqliteTx) end(ctx context.Context, message []byte) (at position.Position, err error) {
	if t.wrote || message != nil {
		t.d.commits.Lock()
		defer t.d.commits.Unlock()
		if committing := t.d.options.Committing; committing != nil {
			if err := committing(ctx); err != nil {
				return at, fmt.Errorf("look for the writes of others: %w", err)
			}
		}
		var rows entsql.Rows
		if err := t.inner.Query(ctx, "UPDATE position SET n = n + 1 RETURNING n", []any{}, &rows); err != nil {
			return at, fmt.Errorf("raise position: %w", err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		var n uint64
		if err := entsql.ScanOne(rows, &n); err != nil {
			return at, fmt.Errorf("raise position: %w", err)
		}
		at = position.OfCounter(n)
	}
	if err := t.inner.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			// database/sql rolls back by itself when the context ends.
			err = ctx.Err()
		}
		return position.Position{}, err
	}
	if committed := t.d.options.Committed; committed != nil && !at.IsZero() {
		committed(at, message)
	}
	return at, nil
}

// Quietly calls fn while no write of WithTx is committed on SQLite.
func (d *Database) Quietly(fn func() error) error {
	d.commits.Lock()
	defer d.commits.Unlock()
	return fn()
}
