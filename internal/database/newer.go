package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/pressly/goose/v3"

	"github.com/weftql/weft/internal/apperr"
)

// compatibleTable is where migrations declare themselves compatible with
// programs that do not know them, which happens while a fleet is upgraded: first
// expand, then contract. A migration that only adds creates it if it is missing
// and inserts its own version, with the version that a program has to know at
// least:
//
//	CREATE TABLE IF NOT EXISTS schema_compatible (version BIGINT PRIMARY KEY, since BIGINT NOT NULL);
//	INSERT INTO schema_compatible (version, since) VALUES (20270101000000, 20261125000000);
const compatibleTable = "schema_compatible"

// NewerError says that the database has migrations that this program does not
// know, and that are not declared compatible with it: a column may have another
// name there.
type NewerError struct {
	Versions []int64 // of the migrations, ascending
}

// Error implements error.
func (e *NewerError) Error() string {
	names := make([]string, len(e.Versions))
	for i, v := range e.Versions {
		names[i] = strconv.FormatInt(v, 10)
	}
	return "the database is newer than this program: it has the migrations " + strings.Join(names, ", ") +
		", which the program does not know; use the program that has them, or a later one"
}

// As gives errors.As the words to be shown, as an *apperr.Error: an operator has
// to do something about it.
func (e *NewerError) As(target any) bool {
	shown, ok := target.(**apperr.Error)
	if ok {
		*shown = apperr.New(apperr.Overloaded, "%s", e.Error())
	}
	return ok
}

// Ready reports whether the database answers, has room, and has the schema of
// this program or one that is declared compatible. Beside the failures of Ping
// it returns ErrFull or a *NewerError, of which clients may see the words.
func (d *Database) Ready(ctx context.Context) error {
	if err := d.Ping(ctx); err != nil {
		return err
	}
	if d.isFull() {
		return ErrFull
	}
	return d.newer(ctx, d.migrations())
}

// newer returns a *NewerError if the database is newer than the files.
func (d *Database) newer(ctx context.Context, files fs.FS) error {
	done, err := d.versions(ctx)
	if err != nil {
		return fmt.Errorf("list applied migrations: %w", err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	latest := int64(0)
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return fmt.Errorf("read version of migration %s: %w", name, err)
		}
		delete(done, version)
		latest = max(latest, version)
	}
	delete(done, 0) // which goose begins with
	if len(done) == 0 {
		return nil
	}
	compatible, err := d.compatible(ctx, latest)
	if err != nil {
		return fmt.Errorf("list compatible migrations: %w", err)
	}
	var unknown []int64
	for version := range done {
		if !compatible[version] {
			unknown = append(unknown, version)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return &NewerError{unknown}
}

// compatible are the migrations that a program may have to do with that knows
// those up to latest.
func (d *Database) compatible(ctx context.Context, latest int64) (_ map[int64]bool, err error) {
	exists, err := d.tableExists(ctx, compatibleTable)
	if err != nil || !exists {
		return nil, err
	}
	placeholder := "?"
	if d.dialect == dialect.Postgres {
		placeholder = "$1"
	}
	return d.versionSet(ctx, "SELECT version FROM "+compatibleTable+" WHERE since <= "+placeholder, latest)
}

// tableExists reports whether there is a table of that name.
func (d *Database) tableExists(ctx context.Context, name string) (bool, error) {
	exists := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	if d.dialect == dialect.Postgres {
		exists = "SELECT count(to_regclass($1))"
	}
	var n int
	err := d.anyDB.QueryRowContext(ctx, exists, name).Scan(&n)
	return n > 0, err
}

// versionSet reads a column of versions.
func (d *Database) versionSet(ctx context.Context, query string, args ...any) (_ map[int64]bool, err error) {
	rows, err := d.anyDB.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func(rows *sql.Rows) { err = errors.Join(err, rows.Close()) }(rows)
	versions := map[int64]bool{}
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return nil, err
		}
		versions[version] = true
	}
	return versions, rows.Err()
}
