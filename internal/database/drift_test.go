package database_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"text/template"
	"time"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	tables "github.com/weftql/weft/ent/migrate"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

var migration = flag.String("migration", "", "write what the migrations lack of the ent schema as migrations of this name")

// TestMigrationsMatchSchema compares what the migrations make with what the
// ent schema says, in an empty database of each store. With -migration NAME it
// writes the difference as a new migration instead of failing.
func TestMigrationsMatchSchema(t *testing.T) {
	started := time.Now() // one version for both stores
	t.Run("postgres", func(t *testing.T) {
		url := dbtest.Postgres(t).NewDatabase(t)
		checkDrift(t, started, dialect.Postgres, url, "../../migrations/postgres")
	})
	t.Run("sqlite", func(t *testing.T) {
		url := "sqlite:" + filepath.Join(t.TempDir(), "replay.db")
		checkDrift(t, started, dialect.SQLite, url, "../../migrations/sqlite")
	})
}

// upOnly writes goose files without a way back.
const upOnly = "-- +goose Up\n{{ range .Changes }}{{ with .Comment }}-- {{ println . }}{{ end }}{{ printf \"%s;\\n\" .Cmd }}{{ end }}"

func checkDrift(t *testing.T, started time.Time, store, url, folder string) {
	replay, known := copyMigrations(t, folder)
	db, err := database.Open(t.Context(), database.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })

	version := started.UTC().Format("20060102150405")
	format, err := migrate.NewTemplateFormatter(
		template.Must(template.New("name").Parse(version+"_{{ .Name }}.sql")),
		template.Must(template.New("content").Parse(upOnly)))
	if err != nil {
		t.Fatal(err)
	}
	planner, err := schema.NewMigrate(entsql.OpenDB(store, db.DB()),
		schema.WithDialect(store), schema.WithDir(replay), schema.WithMigrationMode(schema.ModeReplay),
		schema.WithFormatter(format), schema.WithIndent("  "), schema.WithDropColumn(true), schema.WithDropIndex(true))
	if err != nil {
		t.Fatal(err)
	}
	change := *migration
	if change == "" {
		change = "drift"
	}
	if err := planner.NamedDiff(t.Context(), change, tables.Tables...); err != nil {
		t.Fatal(err)
	}

	for _, path := range sqlFiles(t, replay.Path()) {
		base := filepath.Base(path)
		if slices.Contains(known, base) {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if *migration == "" {
			t.Errorf("the ent schema is not what the migrations make; run make migration NAME=…, which will write:\n%s", text)
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, base), text, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("wrote %s", filepath.Join(folder, base))
	}
}

// copyMigrations copies the folder to where a difference may be written, and
// returns the names of its files. Virtual tables cannot be replayed; a
// migration that makes one holds nothing that ent describes.
func copyMigrations(t *testing.T, folder string) (*sqltool.GooseDir, []string) {
	t.Helper()
	replay, err := sqltool.NewGooseDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range sqlFiles(t, folder) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("CREATE VIRTUAL TABLE")) {
			continue
		}
		names = append(names, filepath.Base(path))
		if err := replay.WriteFile(filepath.Base(path), text); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := replay.Checksum()
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate.WriteSumFile(replay, sum); err != nil {
		t.Fatal(err)
	}
	return replay, names
}

func sqlFiles(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
