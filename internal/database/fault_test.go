package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// kinds says what the package's questions answer about an error.
func kinds(err error) string {
	var yes []string
	for _, k := range []struct {
		name string
		is   func(error) bool
	}{
		{"unavailable", database.IsUnavailable}, {"busy", database.IsBusy}, {"read-only", database.IsReadOnly},
		{"full", database.IsFull}, {"unique", func(err error) bool { return database.IsUnique(err, "") }},
	} {
		if k.is(err) {
			yes = append(yes, k.name)
		}
	}
	return strings.Join(yes, " ")
}

func TestIsUnique(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		c := db.Client()
		u := newUser(t, c.User, "ada")
		tag, err := c.Tag.Create().SetName("go").Save(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p := newPost(t, db, u)
		file := c.PostTag.Create().SetPost(p).SetTag(tag)
		if err := file.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		indexes := []string{"users_username_key", "users_email_key", "users_pkey", "tags_name", "post_tags_pkey"}
		for _, c := range []struct {
			err  error
			want string
		}{
			{c.User.Create().SetUsername("ADA").SetUsernameKey("ada").Exec(t.Context()), "users_username_key"},
			{c.User.Create().SetID(u.ID).SetUsername("b").SetUsernameKey("b").Exec(t.Context()), "users_pkey"},
			{c.Tag.Create().SetName("go").Exec(t.Context()), "tags_name"},
			{c.PostTag.Create().SetPost(p).SetTag(tag).Exec(t.Context()), "post_tags_pkey"},
			{db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				return tx.Tag.Create().SetName("go").Exec(ctx)
			}), "tags_name"},
			{c.User.DeleteOne(u).Exec(t.Context()), ""},
		} {
			if !ent.IsConstraintError(c.err) {
				t.Errorf("%v is no constraint error of ent", c.err)
			}
			if got := kinds(c.err); got != "unique" && c.want != "" || got != "" && c.want == "" {
				t.Errorf("%v is %q", c.err, got)
			}
			for _, name := range indexes {
				if got := database.IsUnique(c.err, name); got != (name == c.want) {
					t.Errorf("%v breaks %s: %v", c.err, name, got)
				}
			}
		}
	})
}

func TestReadOnlyStore(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		conn, err := db.DB().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		sql := "PRAGMA query_only = 1"
		if db.Dialect() == dialect.Postgres {
			sql = "SET default_transaction_read_only = on"
		}
		if _, err := conn.ExecContext(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), "DELETE FROM users"); kinds(err) != "read-only" {
			t.Errorf("%v is %q", err, kinds(err))
		}
	})
}

func TestReadOnlyFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write any file")
	}
	url := dbtest.NewURL(t, "sqlite")
	path := strings.TrimPrefix(url, "sqlite:")
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(t.Context(), database.Options{URL: url})
	if err != nil {
		if !strings.Contains(err.Error(), path) || !database.IsReadOnly(err) {
			t.Errorf("error %v; want that the file is read-only", err)
		}
		return
	}
	defer db.Close()
	if n := countUsers(t.Context(), t, db); n != 0 {
		t.Errorf("%d users, want 0", n)
	}
	if err := db.Client().User.Create().SetUsername("a").SetUsernameKey("a").Exec(t.Context()); kinds(err) != "read-only" {
		t.Errorf("%v is %q", err, kinds(err))
	}
}

func TestFullDisk(t *testing.T) {
	db, err := database.Open(t.Context(), database.Options{URL: dbtest.NewURL(t, "sqlite"), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// SQLite's own limit fails where and as a full disk does.
	if _, err := db.DB().ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		name := fmt.Sprint("user", i)
		err = db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.Create().SetUsername(name).SetUsernameKey(name).SetBio(strings.Repeat("long ", 10_000)).Exec(ctx)
		})
		if err != nil {
			break
		}
	}
	if kinds(err) != "full" {
		t.Fatalf("%v is %q", err, kinds(err))
	}
	if err := db.Ready(t.Context()); apperr.CodeOf(err) != apperr.Overloaded || !strings.Contains(err.Error(), "full") {
		t.Errorf("ready: %v", err)
	}
	if _, err := db.Client().User.Query().Count(t.Context()); err != nil {
		t.Errorf("reading afterwards: %v", err)
	}
}

func TestLockedByAnother(t *testing.T) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			db, err := database.Open(t.Context(), database.Options{URL: dbtest.NewURL(t, store), LockTimeout: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			u := newUser(t, db.Client().User, "ada")
			rename := func(ctx context.Context, tx *ent.Tx) error {
				return tx.User.UpdateOneID(u.ID).SetName("Ada").Exec(ctx)
			}
			err = db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				if err := rename(ctx, tx); err != nil {
					return err
				}
				if n := countUsers(t.Context(), t, db); n != 1 {
					t.Error("reading waits for the lock")
				}
				err := db.WithTx(t.Context(), rename)
				if kinds(err) != "busy" {
					t.Errorf("%v is %q", err, kinds(err))
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if err := db.WithTx(t.Context(), rename); err != nil {
				t.Errorf("when the lock is free: %v", err)
			}
		})
	}
}

func TestServerGoesAndComesBack(t *testing.T) {
	cluster := dbtest.Private(t)
	db := dbtest.OpenURL(t, cluster.NewDatabase(t))
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	write := func(name string) error {
		return db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return tx.User.Create().SetUsername(name).SetUsernameKey(name).Exec(ctx)
		})
	}
	read := func(ctx context.Context) error {
		rows, err := db.Query(ctx, database.Read{SQL: "SELECT id FROM users"})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
		}
		return rows.Err()
	}
	// busy leaves several connections open and idle.
	busy := func() {
		t.Helper()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if rows, err := db.DB().QueryContext(t.Context(), "SELECT pg_sleep(0.02)"); err != nil {
					t.Error(err)
				} else if err := errors.Join(rows.Close(), rows.Err()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	for i, away := range []func(testing.TB){cluster.Stop, cluster.Kill} {
		busy()
		away(t)
		for range 3 {
			if err := read(t.Context()); kinds(err) != "unavailable" {
				t.Errorf("reading: %v is %q", err, kinds(err))
			}
			if err := write("lost"); kinds(err) != "unavailable" {
				t.Errorf("writing: %v is %q", err, kinds(err))
			}
			if err := db.Ping(t.Context()); kinds(err) != "unavailable" {
				t.Errorf("ping: %v is %q", err, kinds(err))
			}
		}
		cluster.Start(t)
		if err := read(t.Context()); err != nil {
			t.Errorf("the first read: %v", err)
		}
		if err := write(fmt.Sprint("user", i)); err != nil {
			t.Errorf("the first write: %v", err)
		}
		busy()
	}

	// Nobody noticed while it was away: at most one statement may fail.
	cluster.Stop(t)
	cluster.Start(t)
	if err := read(t.Context()); err != nil && kinds(err) != "unavailable" {
		t.Errorf("reading: %v is %q", err, kinds(err))
	}
	busy()
	if n := countUsers(t.Context(), t, db); n != 2 {
		t.Errorf("%d users, want the 2 whose writing succeeded", n)
	}

	// A server that is frozen is no reason to wait for ever.
	cluster.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := read(ctx); err == nil {
		t.Error("a frozen server answers")
	}
	cluster.Resume(t)
	if err := read(t.Context()); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}
