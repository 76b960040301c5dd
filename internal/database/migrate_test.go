package database_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/migrations"
)

// files returns the migrations of the store with one more that runs sql.
func files(t *testing.T, db *database.Database, sql string) fs.FS {
	t.Helper()
	source := migrations.SQLite()
	if db.Dialect() == dialect.Postgres {
		source = migrations.Postgres()
	}
	all := fstest.MapFS{"99990101000000_later.sql": {Data: []byte("-- +goose Up\n" + sql)}}
	names, err := fs.Glob(source, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(source, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: text}
	}
	return all
}

// counts returns how many rows the tables hold.
func counts(t *testing.T, db *database.Database) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, table := range []string{"users", "posts", "comments", "tags", "post_tags", "post_search"} {
		var n int
		if err := db.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		found[table] = n
	}
	return found
}

// fill writes rows into all tables that refer to each other in every way.
func fill(t *testing.T, db *database.Database) {
	t.Helper()
	c := db.Client()
	u := newUser(t, c.User, "ada")
	p := newPost(t, db, u)
	reply, err := c.Post.Create().SetBody("reply").SetAuthor(u).SetParent(p).Save(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tag, err := c.Tag.Create().SetName("go").Save(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.PostTag.Create().SetPost(p).SetTag(tag).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := c.Comment.Create().SetBody("note").SetAuthor(u).SetPost(reply).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	index(t, db, p.ID.UUID().String(), "A title", "text")
	index(t, db, reply.ID.UUID().String(), "", "reply")
}

func TestMigrateFromNothing(t *testing.T) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			url := emptyURL(t, store)
			db := dbtest.OpenURL(t, url)
			pending, err := db.Pending(t.Context())
			if err != nil || len(pending) < 2 {
				t.Fatalf("pending %v, %v; want all", pending, err)
			}
			applied, err := db.Migrate(t.Context())
			if diff := cmp.Diff(pending, applied); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if pending, err := db.Pending(t.Context()); err != nil || len(pending) != 0 {
				t.Errorf("pending %v, %v; want none", pending, err)
			}
			if applied, err := db.Migrate(t.Context()); err != nil || len(applied) != 0 {
				t.Errorf("applied %v, %v again", applied, err)
			}
		})
	}
}

// Rebuilding a table is how SQLite changes a column; this is what ent's
// generator writes for it. Its PRAGMA does nothing inside a transaction.
const rebuild = `PRAGMA foreign_keys = off;
CREATE TABLE new_posts (
  id uuid NOT NULL, created_at datetime NOT NULL, updated_at datetime NOT NULL, title text NULL, body text NOT NULL,
  body_format text NOT NULL DEFAULT ('HTML'), excerpt text NOT NULL DEFAULT (''), status text NOT NULL DEFAULT ('DRAFT'),
  published_at datetime NULL, score integer NOT NULL DEFAULT (0), parent_id uuid NULL, author_id uuid NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT posts_posts_replies FOREIGN KEY (parent_id) REFERENCES posts (id) ON DELETE CASCADE,
  CONSTRAINT posts_users_posts FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE RESTRICT
);
INSERT INTO new_posts SELECT id, created_at, updated_at, title, body, body_format, excerpt, status, published_at, score, parent_id, author_id FROM posts;
DROP TABLE posts;
ALTER TABLE new_posts RENAME TO posts;
PRAGMA foreign_keys = on;
`

func TestLaterMigrationLosesNoRow(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		fill(t, db)
		before := counts(t, db)
		sql := rebuild
		if db.Dialect() == dialect.Postgres {
			sql = "ALTER TABLE posts ALTER COLUMN score TYPE integer, ALTER COLUMN body_format SET DEFAULT 'HTML';"
		}
		applied, err := database.MigrateFiles(db, t.Context(), files(t, db, sql))
		if diff := cmp.Diff([]string{"99990101000000_later.sql"}, applied); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
		if diff := cmp.Diff(before, counts(t, db)); diff != "" {
			t.Errorf("rows before and after: %s", diff)
		}
		// The keys still hold, from both sides.
		if _, err := db.DB().ExecContext(t.Context(), "DELETE FROM users"); err == nil {
			t.Error("a user with posts could be deleted")
		}
		if _, err := db.Client().Post.Delete().Exec(t.Context()); err != nil {
			t.Error(err)
		}
		if n := counts(t, db)["comments"]; n != 0 {
			t.Errorf("%d comments outlive their posts", n)
		}
	})
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"Broken", "CREATE TABLE half (id integer); INSERT INTO half VALUES (1); SELECT missing FROM nowhere;", "nowhere"},
		{"Orphans", "DELETE FROM users;", "users"},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, db *database.Database) {
				fill(t, db)
				before := counts(t, db)
				later := files(t, db, c.sql)
				for range 2 {
					applied, err := database.MigrateFiles(db, t.Context(), later)
					if err == nil || len(applied) != 0 || !strings.Contains(err.Error(), c.want) {
						t.Fatalf("applied %v, error %v; want none and the cause", applied, err)
					}
				}
				if diff := cmp.Diff(before, counts(t, db)); diff != "" {
					t.Errorf("rows before and after: %s", diff)
				}
				var n int
				if err := db.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM half").Scan(&n); err == nil {
					t.Error("half a migration stays")
				}
				newUser(t, db.Client().User, "bob") // no lock is left behind
			})
		})
	}
}

// The second statement would go through twice if a migration could.
const twice = "CREATE TABLE IF NOT EXISTS again (n integer); INSERT INTO again VALUES (1);"

func TestInstancesMigrateAtOnce(t *testing.T) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			url := emptyURL(t, store)
			const instances = 4
			var wg sync.WaitGroup
			var mu sync.Mutex
			var applied []string
			pending, err := dbtest.OpenURL(t, url).Pending(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for range instances {
				wg.Go(func() {
					db, err := database.Open(t.Context(), database.Options{URL: url})
					if err != nil {
						t.Error(err)
						return
					}
					defer db.Close()
					names, err := database.MigrateFiles(db, t.Context(), files(t, db, twice))
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					applied = append(applied, names...)
				})
			}
			wg.Wait()
			slices.Sort(applied)
			if diff := cmp.Diff(append(pending, "99990101000000_later.sql"), applied); diff != "" {
				t.Errorf("applied other than each once: %s", diff)
			}
			var n int
			db := dbtest.OpenURL(t, url)
			if err := db.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM again").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d rows, %v; want 1", n, err)
			}
		})
	}
}

// TestProcessesShareAFile starts the test binary again, several times at once,
// each to migrate a new file and to write into it.
func TestProcessesShareAFile(t *testing.T) {
	const processes, each = 4, 10
	if url := os.Getenv("WEFT_TEST_SHARED_URL"); url != "" {
		db := dbtest.OpenURL(t, url)
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range each {
			newUser(t, db.Client().User, fmt.Sprintf("user-%d-%d", os.Getpid(), i))
		}
		return
	}
	url := emptyURL(t, "sqlite")
	var wg sync.WaitGroup
	for range processes {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessesShareAFile$")
			cmd.Env = append(os.Environ(), "WEFT_TEST_SHARED_URL="+url)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	if n := counts(t, dbtest.OpenURL(t, url))["users"]; n != processes*each {
		t.Errorf("%d users, want %d", n, processes*each)
	}
}
