package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/weftql/weft/internal/database"
)

// Stores returns the names of the stores that one test suite runs on.
func Stores() []string { return []string{"sqlite", "postgres"} }

// Behind is the name of one more store: PostgreSQL behind a pooler in
// transaction mode.
const Behind = "pooler"

// Open returns an empty database with all migrations applied, on the store of
// that name. It is closed and gone when t ends.
func Open(t testing.TB, store string) *database.Database {
	t.Helper()
	if store == Behind {
		direct := NewURL(t, "postgres")
		u, err := url.Parse(direct)
		if err != nil {
			t.Fatal(err)
		}
		pooler := NewPooler(t, Postgres(t).Node)
		return open(t, database.Options{URL: pooler.URL(strings.TrimPrefix(u.Path, "/")), Pooler: true, DirectURL: direct})
	}
	return OpenURL(t, NewURL(t, store))
}

// NewURL returns the URL of an empty database with all migrations applied, for
// a test that opens it itself. It is gone when t ends.
func NewURL(t testing.TB, store string) string {
	t.Helper()
	switch store {
	case "sqlite":
		file, err := migratedFile()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "weft.db")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite:" + path
	case "postgres":
		return Postgres(t).Clone(t, "migrated", migrate)
	default:
		t.Fatalf("there is no store %q: want one of %v", store, Stores())
		return ""
	}
}

// OpenURL opens a database of any URL and closes it when t ends.
func OpenURL(t testing.TB, url string) *database.Database {
	t.Helper()
	return open(t, database.Options{URL: url})
}

func open(t testing.TB, o database.Options) *database.Database {
	t.Helper()
	o.MaxConns = 8 // each: many tests share one server
	db, err := database.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// EachStore runs test on each store as a subtest with an empty database that
// has all migrations applied.
func EachStore(t *testing.T, test func(t *testing.T, db *database.Database)) {
	for _, store := range Stores() {
		t.Run(store, func(t *testing.T) { test(t, Open(t, store)) })
	}
}

// migratedFile is a SQLite file with all migrations applied. Copying it is
// quicker than applying them.
var migratedFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "weft")
	if err != nil {
		return nil, fmt.Errorf("make migrated file: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "weft.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := database.Open(ctx, database.Options{URL: url})
	if err != nil {
		return err
	}
	_, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}
