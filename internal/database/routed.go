package database

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// routed runs a statement of the ent client on the pool of the server that is
// chosen for it. What a standby says counts once the last row is there, so these
// rows are read before ent sees one; the error is one that IsMoved knows where
// they have to be read again.
func (r entDriver) routed(ctx context.Context, query string, args []any) (entsql.ColumnScanner, error) {
	c := r.call(ctx, query)
	pool, err := c.route(ctx)
	if err != nil {
		c.end(err)
		return nil, err
	}
	rows, err := pool.Query(ctx, query, args...)
	switch {
	case err != nil:
		err = c.move(err)
		c.end(err)
		return nil, err
	case c.member == nil:
		return &recordingRows{ColumnScanner: pooledRows{rows}, call: c}, nil
	}
	read := &readRows{types: pgtype.NewMap(), fields: slices.Clone(rows.FieldDescriptions()), at: -1}
	for rows.Next() {
		read.rows = append(read.rows, cloned(rows.RawValues()))
	}
	c.entry.Rows = len(read.rows)
	err = rows.Err()
	if err != nil {
		err = c.move(err)
	}
	c.end(err)
	return read, err
}

func cloned(values [][]byte) [][]byte {
	own := make([][]byte, len(values))
	for i, v := range values {
		own[i] = slices.Clone(v) // nil stays nil: it is NULL
	}
	return own
}

// pooledRows is pgx's rows as ent reads them.
type pooledRows struct{ pgx.Rows }

func (r pooledRows) Close() error {
	r.Rows.Close()
	return r.Err()
}

func (r pooledRows) Columns() ([]string, error) { return columnNames(r.FieldDescriptions()), nil }

func (r pooledRows) ColumnTypes() ([]*sql.ColumnType, error) { return nil, errColumnTypes }

func (r pooledRows) NextResultSet() bool { return false }

// readRows is a result that has been read, as ent reads it.
type readRows struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	rows   [][][]byte
	at     int
}

func (r *readRows) Next() bool {
	r.at++
	return r.at < len(r.rows)
}

func (r *readRows) Scan(dest ...any) error {
	return pgx.ScanRow(r.types, r.fields, r.rows[r.at], dest...)
}

func (r *readRows) Columns() ([]string, error) { return columnNames(r.fields), nil }

func (r *readRows) ColumnTypes() ([]*sql.ColumnType, error) { return nil, errColumnTypes }

func (r *readRows) NextResultSet() bool { return false }
func (r *readRows) Err() error          { return nil }
func (r *readRows) Close() error        { return nil }

var errColumnTypes = errors.New("the types of columns are known in transactions only")

func columnNames(fields []pgconn.FieldDescription) []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}
