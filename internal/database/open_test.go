package database_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := dbtest.Postgres(t).NewDatabase(t)
	missing := strings.Replace(empty, "/test_", "/missing_", 1)
	for _, c := range []struct{ name, url, want string }{
		{"Nothing", "", `must begin with "sqlite:" or "postgres:"`},
		{"OtherStore", "mysql://root:secret@localhost/weft", `must begin with "sqlite:" or "postgres:"`},
		{"NoFile", "sqlite:", "names no file"},
		{"Memory", "sqlite::memory:", "in memory is not supported"},
		{"FileWithQuery", "sqlite:weft.db?mode=ro", `without "?"`},
		{"Directory", "sqlite:" + dir, dir + ": it is a directory"},
		{"FileAsDirectory", "sqlite:" + text + "/weft.db", text + "/weft.db: "},
		{"NoDatabase", "sqlite:" + text, "notes.txt: it is not a SQLite database"},
		{"PasswordNotEncoded", "postgres://weft:secret%@localhost/weft", "percent-encoded"},
		{"PasswordWithSlash", "postgres://weft:sec/ret@localhost/weft", "cannot be read"},
		{"UnknownSSLMode", "postgres://weft:secret@localhost/weft?sslmode=secret", "cannot be read"},
		{"NobodyListens", "postgres://weft:secret@127.0.0.1:1/weft", `PostgreSQL database "weft" at 127.0.0.1:1: `},
		{"NoSuchDatabase", missing, "does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := database.Open(t.Context(), database.Options{URL: c.url})
			if err == nil {
				db.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
			for _, part := range []string{"secret", "sec/", "/ret", "sec%"} {
				if strings.Contains(err.Error(), part) {
					t.Errorf("error %q shows the password", err)
				}
			}
		})
	}
}

func TestOpenGivesUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, err = database.Open(t.Context(), database.Options{
		URL: "postgres://weft:secret@" + silent.Addr().String() + "/weft", ConnectTimeout: 50 * time.Millisecond,
	})
	if err == nil || !database.IsUnavailable(err) {
		t.Errorf("error %v; want that a server which says nothing is unavailable", err)
	}
}

func TestOpenMakesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "a b%20c#d", "weft.db")
	db := dbtest.OpenURL(t, "sqlite:"+path)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestSQLitePaths(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, url := range []string{"sqlite:one.db", "sqlite:./two.db", "sqlite:sub/three.db", "sqlite://four.db", "sqlite:///" + t.TempDir() + "/five.db"} {
		dbtest.OpenURL(t, url)
	}
	for _, path := range []string{"one.db", "two.db", "sub/three.db", "four.db"} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// Settings on the server's side hold for what runs through ent and for
// reading statements alike.
func TestPostgresTimeouts(t *testing.T) {
	url := dbtest.NewURL(t, "postgres")
	for _, c := range []struct {
		name, query string
		options     database.Options
		want        string
	}{
		{"Default", "", database.Options{}, "30s"},
		{"Given", "", database.Options{StatementTimeout: 1500 * time.Millisecond}, "1500ms"},
		{"None", "", database.Options{StatementTimeout: -1}, "0"},
		{"InURL", "&statement_timeout=7000", database.Options{StatementTimeout: time.Second}, "7s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.URL = url + c.query
			db, err := database.Open(t.Context(), c.options)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var pooled, plain string
			if err := db.Pool().QueryRow(t.Context(), "SHOW statement_timeout").Scan(&pooled); err != nil {
				t.Fatal(err)
			}
			if err := db.DB().QueryRowContext(t.Context(), "SHOW statement_timeout").Scan(&plain); err != nil {
				t.Fatal(err)
			}
			if pooled != c.want || plain != c.want {
				t.Errorf("statement_timeout is %s and %s, want %s", pooled, plain, c.want)
			}
		})
	}
}

func TestStatementsEndWithTheirContext(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		endless := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		rows, err := db.Query(ctx, database.Read{SQL: endless})
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		if err == nil || ctx.Err() == nil || database.IsUnavailable(err) {
			t.Errorf("error %v; want that the time was up, and not that the store is away", err)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// The file holds what nobody else on the machine may read.
func TestNewFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "weft.db")
	db, err := database.Open(t.Context(), database.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(file), mode)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
