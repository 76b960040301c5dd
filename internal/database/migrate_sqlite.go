package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// migrateSQLite applies all pending migrations in one transaction that holds
// the write lock, so that of several processes the later ones find nothing
// pending.
//
// SQLite changes a table by copying it and dropping the old one. With foreign
// keys enforced, the drop would delete every row that refers to the table, and
// inside a transaction enforcement cannot be switched off. So the connection
// is opened without it, and the keys are checked before the commit.
func (d *Database) migrateSQLite(ctx context.Context, files fs.FS) (applied []string, err error) {
	const patience = 5 * time.Minute
	base, err := sqlite.NewConnector(sqliteDSN(d.path, patience, "foreign_keys(0)"))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(nestingConnector{base})
	db.SetMaxOpenConns(1) // goose and the outer transaction share one connection
	defer func() { err = errors.Join(err, db.Close()) }()

	if _, err := db.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, d.explainSQLite(err)
	}
	// From here on closing the connection rolls back.
	applied, err = up(ctx, goose.DialectSQLite3, db, files)
	if err != nil {
		return nil, err
	}
	if err := checkForeignKeys(ctx, db); err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "COMMIT"); err != nil {
		return nil, d.explainSQLite(err)
	}
	return applied, nil
}

// checkForeignKeys fails if a row refers to one that does not exist.
func checkForeignKeys(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`)
	if err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	defer rows.Close()
	var broken []string
	for rows.Next() {
		var table, parent string
		var n int
		if err := rows.Scan(&table, &parent, &n); err != nil {
			return fmt.Errorf("check foreign keys: %w", err)
		}
		broken = append(broken, fmt.Sprintf("%d rows of %s refer to rows missing in %s", n, table, parent))
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	if broken != nil {
		return fmt.Errorf("foreign keys would be broken, nothing was changed: %s", strings.Join(broken, "; "))
	}
	return nil
}

// nestingConnector opens connections whose transactions are savepoints, so
// that they may stand inside an open one.
type nestingConnector struct{ driver.Connector }

func (c nestingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return nestingConn{conn.(sqliteConn)}, nil
}

// sqliteConn is what database/sql uses of the driver's connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
}

type nestingConn struct{ sqliteConn }

func (c nestingConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if err := c.exec(ctx, "SAVEPOINT migration"); err != nil {
		return nil, err
	}
	return savepoint{c}, nil
}

func (c nestingConn) exec(ctx context.Context, query string) error {
	_, err := c.ExecContext(ctx, query, nil)
	return err
}

// savepoint ends without the context it began with, which may be over.
type savepoint struct{ nestingConn }

func (s savepoint) Commit() error {
	return s.exec(context.Background(), "RELEASE migration")
}

func (s savepoint) Rollback() error {
	if err := s.exec(context.Background(), "ROLLBACK TO migration"); err != nil {
		return err
	}
	return s.exec(context.Background(), "RELEASE migration")
}
