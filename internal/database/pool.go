package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// pooled runs ent's writes outside of transactions on the primary's pool directly:
// database/sql would take half of their time. The rest is ent's own driver; reads
// are entDriver's.
type pooled struct {
	*entsql.Driver
	d *Database
}

// Exec implements dialect.ExecQuerier.
func (p pooled) Exec(ctx context.Context, query string, args, v any) error {
	result, isResult := v.(*sql.Result)
	list, isList := args.([]any)
	if !isResult || !isList {
		return p.Driver.Exec(ctx, query, args, v)
	}
	pool, err := p.d.writer()
	if err != nil {
		return err
	}
	done, err := pool.Exec(ctx, query, list...)
	if err != nil {
		return err
	}
	*result = pooledResult{done}
	return nil
}

type pooledResult struct{ pgconn.CommandTag }

func (r pooledResult) RowsAffected() (int64, error) { return r.CommandTag.RowsAffected(), nil }

func (r pooledResult) LastInsertId() (int64, error) {
	return 0, errors.New("PostgreSQL has no last inserted id")
}

// following is database/sql over the pool of the server that choose names at the
// time, so that nothing is bound to one that was the primary once.
type following struct {
	choose func() (*pgxpool.Pool, error)
}

func (f following) open() *sql.DB {
	db := sql.OpenDB(f)
	db.SetMaxIdleConns(0) // the pool keeps them
	return db
}

// Connect implements driver.Connector.
func (f following) Connect(ctx context.Context) (driver.Conn, error) {
	pool, err := f.choose()
	if err != nil {
		return nil, err
	}
	return stdlib.GetPoolConnector(pool).Connect(ctx)
}

// Driver implements driver.Connector.
func (f following) Driver() driver.Driver { return stdlib.GetDefaultDriver() }
