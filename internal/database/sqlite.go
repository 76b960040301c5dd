package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens the file, or makes it with its directory.
func (d *Database) openSQLite(ctx context.Context, given string) error {
	path, err := sqlitePath(given)
	if err != nil {
		return err
	}
	d.path, d.where = path, "SQLite file "+path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s: it is a directory", d.where)
	} else if errors.Is(err, fs.ErrNotExist) {
		if err := createSQLite(path); err != nil {
			return fmt.Errorf("%s: %w", d.where, err)
		}
	} else if err != nil {
		return fmt.Errorf("%s: %w", d.where, err)
	}
	db, err := sql.Open("sqlite", sqliteDSN(path, d.options.LockTimeout, "foreign_keys(1)"))
	if err != nil {
		return fmt.Errorf("%s: %w", d.where, err)
	}
	db.SetMaxOpenConns(d.options.MaxConns)
	db.SetMaxIdleConns(d.options.MaxConns)
	d.db, d.anyDB, d.plans = db, db, newPlanCache(db)

	ctx, cancel := context.WithTimeout(ctx, d.options.ConnectTimeout)
	defer cancel()
	err = d.ping(ctx)
	// Whoever opens a new file switches it to its journal, and another that opens
	// it meanwhile is refused at once, whatever busy_timeout says.
	for sqliteCode(err) == sqlite3.SQLITE_BUSY && ctx.Err() == nil {
		time.Sleep(busyPause) //nolint:forbidigo // SQLite does not tell when a file is free
		if again := d.ping(ctx); again == nil || ctx.Err() == nil {
			err = again
		}
	}
	if err != nil {
		return errors.Join(d.explainSQLite(err), db.Close())
	}
	return nil
}

// busyPause is how long a file that is being switched is left alone.
const busyPause = 10 * time.Millisecond

// createSQLite makes an empty file with its directory. It holds e-mail
// addresses and password hashes, so only its owner reads it; SQLite gives the
// files that it makes beside it the same mode.
func createSQLite(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("make its directory: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make it: %w", err)
	}
	return file.Close()
}

// sqlitePath returns the absolute path in what follows "sqlite:".
func sqlitePath(given string) (string, error) {
	path := strings.TrimPrefix(given, "//")
	switch {
	case path == "":
		return "", errors.New(`the SQLite URL names no file: want "sqlite:PATH"`)
	case strings.HasPrefix(path, ":memory:"):
		return "", errors.New("a SQLite database in memory is not supported: name a file")
	case strings.ContainsAny(path, "?\x00"):
		return "", errors.New(`the SQLite URL takes a path only, without "?"`)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find SQLite file: %w", err)
	}
	return path, nil
}

// sqliteDSN returns the driver's address of the file. Every transaction takes
// the write lock at its start: one that reads first and then writes could not
// wait for it. Times are kept as text in UTC, in which they compare as times.
func sqliteDSN(path string, busy time.Duration, pragmas ...string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	pragmas = append([]string{
		"busy_timeout(" + milliseconds(busy) + ")", "journal_mode(WAL)", "synchronous(NORMAL)",
	}, pragmas...)
	query := url.Values{
		"_pragma": pragmas, "_txlock": {"immediate"}, "_time_format": {"sqlite"}, "_timezone": {"UTC"},
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}

// explainSQLite says what is the matter with a file that does not open.
func (d *Database) explainSQLite(err error) error {
	reason := ""
	switch sqliteCode(err) {
	case sqlite3.SQLITE_NOTADB:
		reason = "it is not a SQLite database: "
	case sqlite3.SQLITE_READONLY:
		reason = "it or its directory is read-only: "
	case sqlite3.SQLITE_CANTOPEN:
		reason = "it or its directory is not accessible: "
	case sqlite3.SQLITE_FULL:
		reason = "the disk is full: "
	case sqlite3.SQLITE_BUSY:
		reason = "another process keeps it locked: "
	}
	return fmt.Errorf("%s: %s%w", d.where, reason, err)
}
