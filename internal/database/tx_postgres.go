package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/internal/statement"
)

// postgresTx is a transaction of the ent client on a connection of pgx. It
// begins with its first statement, in the same round trip. It belongs to one
// goroutine at a time.
type postgresTx struct {
	d     *Database
	ctx   context.Context // with which it began
	conn  *pgxpool.Conn   // nil before the first statement and after the end
	queue []*queued
	done  bool

	condition *Condition // to be asked for; nil: none
}

// queued is a statement that waits for others, and its result.
type queued struct {
	tx   *postgresTx
	ctx  context.Context
	sql  string
	args []any
	sent bool
	rows int64
}

// RowsAffected implements sql.Result; it does not wait any longer.
func (q *queued) RowsAffected() (int64, error) {
	if !q.sent {
		if err := q.tx.flush(q.ctx); err != nil {
			return 0, err
		}
	}
	return q.rows, nil
}

// LastInsertId implements sql.Result.
func (q *queued) LastInsertId() (int64, error) { return pooledResult{}.LastInsertId() }

// refusedError is what the server says of a statement before COMMIT, so that
// nothing was committed. It may be a farewell: a server that stops says so on
// the connections that wait.
type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

// refused marks err, if it is from the server.
func refused(err error) error {
	if postgresCode(err) == "" {
		return err
	}
	return &refusedError{err}
}

// batch returns what has to go before the next statement.
func (t *postgresTx) batch(ctx context.Context) (*pgx.Batch, error) {
	if t.done {
		return nil, sql.ErrTxDone
	}
	if err := t.acquire(ctx); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	if t.status() == 'I' {
		b.Queue("begin")
		if t.d.local.sql != "" {
			b.Queue(t.d.local.sql, t.d.local.args...)
		}
		if t.condition != nil {
			b.Queue(t.condition.SQL, t.condition.Args...)
		}
	}
	for _, q := range t.queue {
		b.Queue(q.sql, q.args...)
	}
	return b, nil
}

// acquire takes a connection, unless there is one.
func (t *postgresTx) acquire(ctx context.Context) error {
	if t.conn == nil {
		pool, err := t.d.writer()
		if err != nil {
			return err
		}
		t.conn, err = pool.Acquire(ctx)
		t.d.notice(err)
		return err
	}
	return nil
}

// status is 'I' outside of a transaction, 'T' in one and 'E' in one that
// failed.
func (t *postgresTx) status() byte { return t.conn.Conn().PgConn().TxStatus() }

// lead reads the results of what went before the next statement.
func (t *postgresTx) lead(results pgx.BatchResults, b *pgx.Batch) error {
	began := b.Len() > 0 && b.QueuedQueries[0].SQL == "begin"
	if began {
		if _, err := results.Exec(); err != nil {
			return refused(err)
		}
		if t.d.local.sql != "" {
			if _, err := results.Exec(); err != nil {
				return refused(err)
			}
		}
		if t.condition != nil {
			if err := t.asked(results.Query()); err != nil {
				return refused(err)
			}
		}
	}
	waiting := t.queue
	t.queue = nil
	for _, q := range waiting {
		call := t.call(q.ctx, q.sql)
		tag, err := results.Exec()
		q.sent, q.rows = true, tag.RowsAffected()
		call.entry.Rows = int(q.rows)
		call.end(err)
		if err != nil {
			return refused(err)
		}
	}
	return nil
}

func (t *postgresTx) call(ctx context.Context, query string) call {
	name, _ := ctx.Value(nameKey{}).(string)
	return t.d.call(ctx, statement.Statement{Loader: name, SQL: query, Database: t.d.name, Reason: t.d.why(inTransaction)})
}

// flush sends the statements that wait.
func (t *postgresTx) flush(ctx context.Context) error {
	if len(t.queue) == 0 {
		return nil
	}
	b, err := t.batch(ctx)
	if err != nil {
		return err
	}
	results := t.conn.SendBatch(ctx, b)
	return errors.Join(t.lead(results, b), results.Close())
}

// exec runs a statement and returns the number of rows that it changed.
func (t *postgresTx) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if isQueued(ctx) {
		q := &queued{tx: t, ctx: ctx, sql: query, args: args}
		t.queue = append(t.queue, q)
		return q, nil
	}
	b, err := t.batch(ctx)
	if err != nil {
		return nil, err
	}
	call := t.call(ctx, query)
	var result pooledResult
	if b.Len() == 0 {
		result.CommandTag, err = t.conn.Exec(ctx, query, args...)
	} else {
		b.Queue(query, args...)
		results := t.conn.SendBatch(ctx, b)
		if err = t.lead(results, b); err == nil {
			result.CommandTag, err = results.Exec()
		}
		if end := results.Close(); err == nil {
			err = end
		}
	}
	call.entry.Rows = int(result.CommandTag.RowsAffected())
	call.end(err)
	if err != nil {
		return nil, err
	}
	return result, nil
}

// rows runs a statement whose rows are read; they must be closed before the
// next one.
func (t *postgresTx) rows(ctx context.Context, query string, args []any) (pgx.Rows, error) {
	b, err := t.batch(ctx)
	if err != nil {
		return nil, err
	}
	if b.Len() == 0 {
		return t.conn.Query(ctx, query, args...)
	}
	b.Queue(query, args...)
	results := t.conn.SendBatch(ctx, b)
	if err := t.lead(results, b); err != nil {
		return nil, errors.Join(err, results.Close())
	}
	rows, err := results.Query()
	if err != nil {
		return nil, errors.Join(err, results.Close())
	}
	return &batchRows{Rows: rows, results: results}, nil
}

// batchRows are the rows of the last statement of a batch.
type batchRows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
}

// Next implements pgx.Rows; it closes them after the last row.
func (r *batchRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Close implements pgx.Rows.
func (r *batchRows) Close() {
	if r.results == nil {
		return
	}
	r.Rows.Close()
	r.err = r.results.Close()
	r.results = nil
}

// Err implements pgx.Rows.
func (r *batchRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

// Exec implements dialect.ExecQuerier.
func (t *postgresTx) Exec(ctx context.Context, query string, args, v any) error {
	list, ok := args.([]any)
	if !ok {
		return fmt.Errorf("exec takes arguments as []any, not %T", args)
	}
	result, err := t.exec(ctx, query, list)
	if v, ok := v.(*sql.Result); ok && err == nil {
		*v = result
	}
	return err
}

// Query implements dialect.ExecQuerier.
func (t *postgresTx) Query(ctx context.Context, query string, args, v any) error {
	list, isList := args.([]any)
	rows, isRows := v.(*entsql.Rows)
	if !isList || !isRows {
		return fmt.Errorf("query takes arguments as []any and *sql.Rows, not %T and %T", args, v)
	}
	call := t.call(ctx, query)
	read, err := t.rows(ctx, query, list)
	if err != nil {
		call.end(err)
		return err
	}
	*rows = entsql.Rows{ColumnScanner: &recordingRows{ColumnScanner: pooledRows{read}, call: call}}
	return nil
}

// ExecContext serves the method of that name of ent's transactions.
func (t *postgresTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.exec(ctx, query, args)
}

// QueryContext serves the method of that name of ent's transactions, which
// would need a connection of database/sql.
func (t *postgresTx) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, errors.New("read by Database.Query in a transaction")
}

// Commit implements driver.Tx, for transactions that ent begins by itself.
func (t *postgresTx) Commit() error {
	_, err := t.end(t.ctx, nil)
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	return nil
}

// undoTimeout bounds a ROLLBACK.
const undoTimeout = 5 * time.Second

// Rollback implements driver.Tx.
func (t *postgresTx) Rollback() error {
	if t.done {
		return sql.ErrTxDone
	}
	t.done, t.queue = true, nil
	if t.conn == nil {
		return nil
	}
	defer t.release()
	if t.conn.Conn().IsClosed() || t.status() == 'I' {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), undoTimeout)
	defer cancel()
	_, err := t.conn.Exec(ctx, "rollback")
	t.d.notice(err)
	return err
}

func (t *postgresTx) release() {
	t.conn.Release()
	t.conn = nil
}
