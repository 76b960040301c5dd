package database

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/weftql/weft/ent/migrate"
	"github.com/weftql/weft/internal/apperr"
)

// IsUnavailable reports whether err means that the store cannot be reached or
// went away: the caller's statement is not at fault, and may succeed later.
func IsUnavailable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || errors.Is(err, puddle.ErrClosedPool) { // its server has left its name
		return true
	}
	if code := postgresCode(err); code != "" {
		// 08: connection exceptions. 57P01 to 57P03: shut down, crashed,
		// starting. 53300: no connection left.
		return strings.HasPrefix(code, "08") || code == "53300" ||
			code == "57P01" || code == "57P02" || code == "57P03"
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
		return true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, sqldriver.ErrBadConn) || pgconn.SafeToRetry(err)
}

// IsBusy reports whether another's lock was waited for too long.
func IsBusy(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED || postgresCode(err) == "55P03"
}

// IsReadOnly reports whether the store takes no writes: a read-only file, or a
// standby.
func IsReadOnly(err error) bool {
	return sqliteCode(err) == sqlite3.SQLITE_READONLY || postgresCode(err) == "25006"
}

// IsWithoutPrimary reports whether no server took a change, as for a moment
// during a failover: none is known to be the primary, or the one that was asked
// is a standby.
func IsWithoutPrimary(err error) bool {
	return errors.Is(err, errNoPrimary) || postgresCode(err) == "25006"
}

// IsFull reports whether the store's disk is full.
func IsFull(err error) bool {
	return sqliteCode(err) == sqlite3.SQLITE_FULL || postgresCode(err) == "53100"
}

// fullFor is how long a full disk turns readiness off: while no requests come,
// nobody would notice that there is room again.
const fullFor = 30 * time.Second

// ErrFull is why Ready fails on a full disk. An operator has to do something
// about it, so the words are to be shown.
var ErrFull error = apperr.New(apperr.Overloaded, "the disk of the database is full")

// noticeFull remembers when the disk of a SQLite file was found full. With
// PostgreSQL every instance has the same disk, and reads can be answered: none
// of them would do better.
func (d *Database) noticeFull(err error) {
	if err != nil && d.pool == nil && IsFull(err) {
		d.full.Store(time.Now().UnixNano())
	}
}

// isFull reports whether the disk was found full lately.
func (d *Database) isFull() bool {
	return time.Since(time.Unix(0, d.full.Load())) < fullFor
}

// IsUnique reports whether err breaks the unique index called name in the ent
// schema, such as "users_username_key"; "TABLE_pkey" is the primary key and ""
// any unique index.
func IsUnique(err error, name string) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505" && (name == "" || e.ConstraintName == name)
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || e.Code() != sqlite3.SQLITE_CONSTRAINT_UNIQUE && e.Code() != sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY {
		return false
	}
	// SQLite names the columns instead of the index, in the message alone.
	columns := uniqueColumns(name)
	return name == "" || columns != "" && strings.Contains(e.Error(), "UNIQUE constraint failed: "+columns+" (")
}

// uniqueColumns returns the columns of a unique index as SQLite writes them,
// "users.email_key" or "post_tags.post_id, post_tags.tag_id"; "" if there is no
// such index.
func uniqueColumns(name string) string {
	for _, table := range migrate.Tables {
		columns := table.PrimaryKey
		if name != table.Name+"_pkey" {
			i := slices.IndexFunc(table.Indexes, func(x *schema.Index) bool { return x.Unique && x.Name == name })
			if i < 0 {
				continue
			}
			columns = table.Indexes[i].Columns
		}
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = table.Name + "." + c.Name
		}
		return strings.Join(names, ", ")
	}
	return ""
}

// postgresCode returns the SQLSTATE of err, or "".
func postgresCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// sqliteCode returns SQLite's primary result code in err, or 0.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}
