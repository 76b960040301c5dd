package database_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/template"
	"time"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	tables "github.com/weftql/weft/ent/migrate"
	"github.com/weftql/weft/internal/dbtest"
)

var migration = flag.String("migration", "", "write what the migrations lack of the ent schema as migrations of this name")

// folder is where the migrations of a store are.
func folder(store string) string { return filepath.Join("..", "..", "migrations", store) }

// TestMigrationsMatchSchema compares what the migrations make with what the
// ent schema says, on each store. With -migration NAME it writes the
// difference as a new migration instead of failing.
func TestMigrationsMatchSchema(t *testing.T) {
	change := "drift"
	if *migration != "" {
		change = time.Now().UTC().Format("20060102150405_") + *migration // one version for all stores
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(*migration) {
			t.Fatalf("a migration is named like add_posts_language, not %q", *migration)
		}
	}
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			text := difference(t, store, change, readMigrations(t, store))
			if text == "" {
				return
			}
			if *migration == "" {
				t.Fatalf("the migrations do not make what the ent schema says; make migration NAME=… will write:\n%s", text)
			}
			path := filepath.Join(folder(store), change+".sql")
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			t.Log("wrote", path)
		})
	}
}

// What a hand may leave out of a migration is found.
func TestDriftIsFound(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"Index", `CREATE INDEX .posts_replies. [^;]*;`, ``, "posts_replies"},
		{"IndexCondition", ` WHERE \(?published_at IS NOT NULL\)?`, ``, "post_tags_newest"},
		{"ForeignKeyAction", `(comments_posts_comments[^,]*ON DELETE) CASCADE`, `$1 RESTRICT`, "comments"},
		{"Column", `.bio. text NOT NULL DEFAULT \(?''\)?,`, ``, "bio"},
		{"ColumnTooMany", `.bio. text`, `extra text, $0`, "users"},
		{"Nullable", `(.username. \w+( varying)?) NOT NULL`, `$1 NULL`, "username"},
		{"Default", `(.role. .* DEFAULT \(?)'USER'`, `$1'ADMIN'`, "role"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, store := range dbtest.Stores() {
				t.Run(store, func(t *testing.T) {
					changed := false
					all := readMigrations(t, store)
					for name, text := range all {
						all[name] = regexp.MustCompile(c.old).ReplaceAll(text, []byte(c.new))
						changed = changed || !bytes.Equal(all[name], text)
					}
					if !changed {
						t.Fatalf("no migration has %s", c.old)
					}
					if text := difference(t, store, "drift", all); !strings.Contains(text, c.want) {
						t.Errorf("found %q, want a change of %s", text, c.want)
					}
				})
			}
		})
	}
}

// byHand marks the migrations that hold nothing that ent describes: tables and
// indexes of their own.
const byHand = "-- Beyond the ent schema.\n"

// readMigrations returns the files of a store that ent describes.
func readMigrations(t *testing.T, store string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder(store), "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(text, []byte(byHand)) {
			all[filepath.Base(path)] = text
		}
	}
	return all
}

// upOnly is goose's format without a way back.
const upOnly = "-- +goose Up\n{{ range .Changes }}{{ with .Comment }}-- {{ println . }}{{ end }}{{ printf \"%s;\\n\" .Cmd }}{{ end }}"

// difference replays the migrations in an empty database and returns the
// migration called name that leads from there to the ent schema, or "".
func difference(t *testing.T, store, name string, all map[string][]byte) string {
	t.Helper()
	replay, err := sqltool.NewGooseDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range all {
		if err := replay.WriteFile(name, text); err != nil {
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

	db := dbtest.OpenURL(t, emptyURL(t, store))
	format, err := migrate.NewTemplateFormatter(
		template.Must(template.New("name").Parse("{{ .Name }}.sql")),
		template.Must(template.New("content").Parse(upOnly)))
	if err != nil {
		t.Fatal(err)
	}
	planner, err := schema.NewMigrate(entsql.OpenDB(db.Dialect(), db.DB()),
		schema.WithDialect(db.Dialect()), schema.WithDir(replay), schema.WithMigrationMode(schema.ModeReplay),
		schema.WithFormatter(format), schema.WithIndent("  "), schema.WithDropColumn(true), schema.WithDropIndex(true))
	if err != nil {
		t.Fatal(err)
	}
	if err := planner.NamedDiff(t.Context(), name, tables.Tables...); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(replay.Path(), name+".sql"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// emptyURL returns the URL of a database without tables.
func emptyURL(t *testing.T, store string) string {
	t.Helper()
	if store == "postgres" {
		return dbtest.Postgres(t).NewDatabase(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "empty", "weft.db")
}
