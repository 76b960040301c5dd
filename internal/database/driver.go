package database

import (
	"context"
	"database/sql"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/weftql/weft/internal/statement"
)

type nameKey struct{}

// NameStatements returns a context in which the statements that ent makes are
// reported under name, such as "createPost".
func NameStatements(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, nameKey{}, name)
}

// conn is what ent's driver and its transactions share. The last two methods
// serve the client's QueryContext and ExecContext.
type conn interface {
	dialect.ExecQuerier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// recordingConn reports ent's statements; beginning and ending a transaction is
// none.
type recordingConn struct {
	conn
	d *Database
}

func (c recordingConn) call(ctx context.Context, query string) call {
	name, _ := ctx.Value(nameKey{}).(string)
	return c.d.call(ctx, statement.Statement{Loader: name, SQL: query, Database: c.d.name, Reason: c.d.why(onPrimary)})
}

func (c recordingConn) Exec(ctx context.Context, query string, args, v any) error {
	call := c.call(ctx, query)
	if v == nil {
		v = new(sql.Result)
	}
	err := c.conn.Exec(ctx, query, args, v)
	if result, ok := v.(*sql.Result); ok && err == nil {
		call.changed(*result)
	}
	call.end(err)
	return err
}

func (c recordingConn) Query(ctx context.Context, query string, args, v any) error {
	call := c.call(ctx, query)
	err := c.conn.Query(ctx, query, args, v)
	rows, ok := v.(*entsql.Rows)
	if err != nil || !ok {
		call.end(err)
		return err
	}
	rows.ColumnScanner = &recordingRows{ColumnScanner: rows.ColumnScanner, call: call}
	return nil
}

func (c recordingConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	call := c.call(ctx, query)
	result, err := c.conn.ExecContext(ctx, query, args...)
	if err == nil {
		call.changed(result)
	}
	call.end(err)
	return result, err
}

// QueryContext reports the statement when it has begun, for its rows are the
// caller's.
func (c recordingConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	call := c.call(ctx, query)
	rows, err := c.conn.QueryContext(ctx, query, args...)
	call.end(err)
	return rows, err
}

// changed takes the number of rows from a result; a driver that does not know
// it leaves 0.
func (c *call) changed(result sql.Result) {
	if n, err := result.RowsAffected(); err == nil {
		c.entry.Rows = int(n)
	}
}

type recordingRows struct {
	entsql.ColumnScanner
	call call
}

func (r *recordingRows) Next() bool {
	if r.ColumnScanner.Next() {
		r.call.entry.Rows++
		return true
	}
	return false
}

func (r *recordingRows) Close() error {
	err := r.ColumnScanner.Close()
	r.call.end(r.Err())
	return err
}

// entDriver is the dialect.Driver of the ent client.
type entDriver struct {
	recordingConn
	inner *entsql.Driver
}

func newDriver(d *Database) entDriver {
	inner := entsql.OpenDB(d.dialect, d.db)
	var outside conn = inner
	if d.pool != nil {
		outside = pooled{inner, d}
	}
	return entDriver{recordingConn: recordingConn{conn: outside, d: d}, inner: inner}
}

// Query implements dialect.ExecQuerier. Outside of transactions a statement that
// only reads goes where the replica.Reading in the context says, as those of
// Database.Query do.
func (r entDriver) Query(ctx context.Context, query string, args, v any) error {
	rows, isRows := v.(*entsql.Rows)
	list, isList := args.([]any)
	if r.d.pool == nil || !isRows || !isList {
		return r.recordingConn.Query(ctx, query, args, v)
	}
	found, err := r.routed(ctx, query, list)
	if IsMoved(err) { // to the primary; none of its rows was used
		found, err = r.routed(ctx, query, list)
	}
	if err != nil {
		return err
	}
	*rows = entsql.Rows{ColumnScanner: found}
	return nil
}

func (r entDriver) Dialect() string { return r.inner.Dialect() }
func (r entDriver) Close() error    { return r.d.Close() }

func (r entDriver) Tx(ctx context.Context) (dialect.Tx, error) { return r.BeginTx(ctx, nil) }

func (r entDriver) BeginTx(ctx context.Context, options *sql.TxOptions) (dialect.Tx, error) {
	state := r.d.transaction(ctx)
	if r.d.pool != nil {
		begun := &postgresTx{d: r.d, ctx: ctx, condition: openCondition(ctx)}
		if state != nil {
			state.pg = begun
		}
		return begun, nil
	}
	inner, err := r.inner.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	tx := inner.(*entsql.Tx)
	begun := &sqliteTx{recordingConn: recordingConn{conn: tx, d: r.d}, inner: tx}
	if state != nil {
		state.file = begun
	}
	return begun, nil
}
