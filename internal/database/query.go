package database

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/statement"
)

// Rows is the part of a result that readers use. Close may be called at any
// time, more than once; Err is asked after Next returned false.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	// Raw returns the columns of the current row as PostgreSQL sends them: 16
	// bytes of a UUID, 8 of a whole number or of a time in microseconds since
	// 2000, big end first, or the bytes of a text; nil for NULL. They are good
	// until Next. It returns nil where only Scan reads the row: always on
	// SQLite, and for columns of other types.
	Raw() [][]byte
	// Provisional reports whether the rows come from a replica: they count only
	// when Err is nil after the last, for they may have to be read again.
	Provisional() bool
	Err() error
	Close()
}

// Read is one reading statement.
type Read struct {
	Loader string // who asks: "Post.author", "Query.posts"
	Keys   int    // parents or ids it is run for; 0 where there are none
	SQL    string // in the store's dialect, with placeholders; few distinct texts, for their plans are kept
	Args   []any

	// Dear says that what it reads grows with the tables, as with a search, a
	// count, or a list with a condition that no index serves.
	Dear bool

	// Replan says that the best plan depends on the arguments, as with a word that
	// many or few texts have: PostgreSQL plans the statement for them each time.
	Replan bool
}

// arguments are Args as pgx takes them. A statement without a name is planned for
// its arguments.
func (r Read) arguments() []any {
	if !r.Replan {
		return r.Args
	}
	return append([]any{pgx.QueryExecModeCacheDescribe}, r.Args...)
}

// Query runs a reading statement and reports it to the context's recorder when
// its last row was read or its rows are closed. With the context of WithTx it
// runs inside that transaction, where one result must be closed before the
// next statement.
//
// With replicas it runs where the replica.Reading in the context says. If that
// fails for the replica's sake, the error, now or at the end of the rows, is one
// that IsMoved knows, and the same Read goes to the primary.
func (d *Database) Query(ctx context.Context, r Read) (Rows, error) {
	c := d.call(ctx, statement.Statement{Loader: r.Loader, SQL: r.SQL, Keys: r.Keys, Database: d.name})
	tx := d.transaction(ctx)
	if tx != nil {
		c.entry.Reason = d.why(inTransaction)
	}
	switch {
	case tx != nil && tx.pg != nil:
		rows, err := tx.pg.rows(ctx, r.SQL, r.Args)
		return c.pgxRows(rows, err)
	case tx != nil:
		// Without the recorder of ent's statements: it is reported here.
		rows, err := tx.file.inner.QueryContext(ctx, r.SQL, r.Args...)
		return c.sqlRows(rows, err)
	case d.pool == nil:
		rows, err := d.plans.query(ctx, r.SQL, r.Args)
		return c.sqlRows(rows, err)
	}
	pool, err := c.route(ctx)
	if err != nil {
		return c.pgxRows(nil, err)
	}
	rows, err := pool.Query(ctx, r.SQL, r.arguments()...)
	return c.pgxRows(rows, err)
}

// call is one statement on its way.
type call struct {
	d        *Database
	recorder *statement.Recorder // nil once reported
	start    time.Time           // zero where nobody asks how long it takes
	entry    statement.Statement

	// Of a read from a standby, until it has ended.
	member  *replica.Member
	reading *replica.Reading
}

func (d *Database) call(ctx context.Context, entry statement.Statement) call {
	c := call{d: d, recorder: statement.FromContext(ctx), entry: entry}
	if c.recorder != nil && c.recorder.Keep {
		c.start = time.Now()
		c.entry.Level, c.entry.Paths = c.recorder.Where(ctx)
	}
	return c
}

// end reports the statement, the first time it is called.
func (c *call) end(err error) {
	c.d.notice(err)
	if c.member != nil {
		c.member.End()
		c.member = nil
	}
	if c.recorder == nil {
		return
	}
	if !c.start.IsZero() {
		c.entry.Duration = time.Since(c.start)
	}
	c.recorder.Add(c.entry)
	c.recorder = nil
}

func (c *call) sqlRows(rows *sql.Rows, err error) (Rows, error) {
	if err != nil {
		c.end(err)
		return nil, err
	}
	return &sqlRows{rows: rows, call: *c}, nil
}

func (c *call) pgxRows(rows pgx.Rows, err error) (Rows, error) {
	if err != nil {
		err = c.move(err)
		c.end(err)
		return nil, err
	}
	return &pgxRows{rows: rows, call: *c, provisional: c.member != nil}, nil
}

// pgxRows adapts pgx's rows.
type pgxRows struct {
	rows pgx.Rows
	call call
	raw  rawness
	err  error // once the last row was read

	provisional bool
}

// rawness is whether the rows can be read raw, once that is known.
type rawness uint8

const (
	rawUnknown rawness = iota
	rawYes
	rawNo
)

func (r *pgxRows) Raw() [][]byte {
	if r.raw == rawUnknown {
		r.raw = rawNo
		if readable(r.rows.FieldDescriptions()) {
			r.raw = rawYes
		}
	}
	if r.raw == rawNo {
		return nil
	}
	return r.rows.RawValues()
}

func (r *pgxRows) Provisional() bool { return r.provisional }

func (r *pgxRows) Scan(dest ...any) error { return r.rows.Scan(dest...) }

func (r *pgxRows) Next() bool {
	if r.rows.Next() {
		r.call.entry.Rows++
		return true
	}
	r.end()
	return false
}

func (r *pgxRows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.rows.Err()
}

func (r *pgxRows) Close() {
	r.rows.Close()
	r.end()
}

func (r *pgxRows) end() {
	if err := r.rows.Err(); err != nil && r.err == nil {
		r.err = r.call.move(err)
	}
	r.call.end(r.err)
}

// sqlRows adapts database/sql's rows.
type sqlRows struct {
	rows  *sql.Rows
	call  call
	times timeScanner
}

func (r *sqlRows) Err() error    { return r.rows.Err() }
func (r *sqlRows) Raw() [][]byte { return nil }

func (r *sqlRows) Provisional() bool { return false }

func (r *sqlRows) Scan(dest ...any) error {
	if r.call.d.pool == nil {
		dest = r.times.replace(dest)
	}
	return r.rows.Scan(dest...)
}

func (r *sqlRows) Next() bool {
	if r.rows.Next() {
		r.call.entry.Rows++
		return true
	}
	r.call.end(r.rows.Err())
	return false
}

func (r *sqlRows) Close() {
	// What closing can still report was in Err, which readers ask.
	_ = r.rows.Close()
	r.call.end(r.rows.Err())
}
