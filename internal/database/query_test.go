package database_test

import (
	"context"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/statement"
)

// written is later than its UTC day begins in most zones, with microseconds
// that end in zeros.
var written = time.Date(2026, 3, 1, 23, 59, 59, 120_000_000, time.UTC)

// newUser makes a user called name.
func newUser(t *testing.T, c *ent.UserClient, name string) *ent.User {
	t.Helper()
	u, err := c.Create().SetUsername(name).SetUsernameKey(name).Save(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// newPost makes a published post, created in another zone than UTC.
func newPost(t *testing.T, db *database.Database, author *ent.User) *ent.Post {
	t.Helper()
	zone := time.FixedZone("east", 5*60*60)
	p, err := db.Client().Post.Create().SetTitle("A title").SetBody("text\nwith “quotes” and 🧵").SetStatus(post.StatusPUBLISHED).
		SetAuthor(author).SetCreatedAt(written.In(zone)).SetPublishedAt(written.In(zone)).SetScore(-7).Save(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// row is a post as a loader scans it.
type row struct {
	ID        typeid.Post
	Author    typeid.User
	Parent    *typeid.Post
	Title     *string
	Excerpt   *string
	Body      string
	Status    post.Status
	Format    post.BodyFormat
	Published *time.Time
	Created   time.Time
	Newest    time.Time
	Never     *time.Time
	Score     int
	Listed    bool
}

const selectRow = `SELECT id, author_id, parent_id, title, NULL, body, status, body_format, published_at, created_at,
	(SELECT max(created_at) FROM posts), (SELECT min(published_at) FROM posts WHERE published_at IS NULL), score, parent_id IS NULL
	FROM posts WHERE id = $1 AND created_at = $2 AND status = $3`

func readRow(ctx context.Context, t *testing.T, db *database.Database, id typeid.Post) (r row) {
	t.Helper()
	rows, err := db.Query(ctx, database.Read{Loader: "Query.post", Keys: 1, SQL: selectRow, Args: []any{id, written, post.StatusPUBLISHED}})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatalf("no row: %v", rows.Err())
	}
	if err := rows.Scan(&r.ID, &r.Author, &r.Parent, &r.Title, &r.Excerpt, &r.Body, &r.Status, &r.Format, &r.Published, &r.Created,
		&r.Newest, &r.Never, &r.Score, &r.Listed); err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Err() != nil {
		t.Fatalf("want one row: %v", rows.Err())
	}
	return r
}

func TestQueryScansWhatEntWrote(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		author := newUser(t, db.Client().User, "ada")
		p := newPost(t, db, author)
		want := row{
			ID: p.ID, Author: author.ID, Title: new("A title"), Body: "text\nwith “quotes” and 🧵", Status: post.StatusPUBLISHED,
			Format: post.BodyFormatMARKDOWN, Published: &written, Created: written, Newest: written, Score: -7, Listed: true,
		}
		check := func(t *testing.T, got row) {
			t.Helper()
			// Struct equality of times holds in UTC only.
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
				t.Error(diff)
			}
		}
		t.Run("Query", func(t *testing.T) { check(t, readRow(t.Context(), t, db, p.ID)) })
		t.Run("Transaction", func(t *testing.T) {
			err := db.WithTx(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
				check(t, readRow(ctx, t, db, p.ID))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
		t.Run("Ent", func(t *testing.T) {
			got, err := db.Client().Post.Get(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.CreatedAt != written || *got.PublishedAt != written {
				t.Errorf("created %v, published %v; want %v in UTC", got.CreatedAt, got.PublishedAt, written)
			}
		})
	})
}

func TestQueryTakesManyIDs(t *testing.T) {
	db := dbtest.Open(t, "postgres")
	author := newUser(t, db.Client().User, "ada")
	ids := []typeid.Post{newPost(t, db, author).ID, newPost(t, db, author).ID, typeid.NewPost()}
	find := func(ctx context.Context) error {
		rows, err := db.Query(ctx, database.Read{SQL: "SELECT id FROM posts WHERE id = ANY($1) ORDER BY id", Args: []any{ids}})
		if err != nil {
			return err
		}
		defer rows.Close()
		var got []typeid.Post
		for rows.Next() {
			var id typeid.Post
			if err := rows.Scan(&id); err != nil {
				return err
			}
			got = append(got, id)
		}
		if diff := cmp.Diff(ids[:2], got); diff != "" {
			t.Error(diff)
		}
		return rows.Err()
	}
	if err := find(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.WithTx(t.Context(), func(ctx context.Context, _ *ent.Tx) error { return find(ctx) }); err != nil {
		t.Errorf("in a transaction: %v", err)
	}
}

func TestTimesCompareAsTimes(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		second := written.Truncate(time.Second)
		var want []time.Time
		for _, step := range []time.Duration{0, time.Microsecond, 10 * time.Microsecond, 500 * time.Millisecond, time.Second} {
			at := second.Add(step)
			want = append(want, at)
			name := at.Format(time.StampMicro)
			if err := db.Client().User.Create().SetUsername(name).SetUsernameKey(name).SetCreatedAt(at).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i, after := range want {
			rows, err := db.Query(t.Context(), database.Read{
				SQL: "SELECT created_at FROM users WHERE created_at > $1 ORDER BY created_at", Args: []any{after},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []time.Time
			for rows.Next() {
				var at time.Time
				if err := rows.Scan(&at); err != nil {
					t.Fatal(err)
				}
				got = append(got, at)
			}
			rows.Close()
			if diff := cmp.Diff(want[i+1:], got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("after %v: %s", after, diff)
			}
		}
	})
}

func TestQueryReportsItsStatement(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		newUser(t, db.Client().User, "ada")
		newUser(t, db.Client().User, "bob")
		const sql = "SELECT id FROM users"
		recorder := &statement.Recorder{Keep: true}
		ctx := statement.NewContext(t.Context(), recorder)
		read := database.Read{Loader: "Query.users", Keys: 3, SQL: sql}
		run := func(ctx context.Context, all bool) {
			rows, err := db.Query(ctx, read)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() && all {
			}
			rows.Close()
			rows.Close()
		}
		run(ctx, true)
		run(ctx, false)
		if err := db.WithTx(ctx, func(ctx context.Context, _ *ent.Tx) error { run(ctx, true); return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Query(ctx, database.Read{Loader: "broken", SQL: "SELECT nothing FROM nowhere"}); err == nil {
			t.Error("a wrong statement gives no error")
		}

		name := "sqlite"
		if db.Dialect() == dialect.Postgres {
			name = "primary"
		}
		want := []statement.Statement{
			{Loader: "Query.users", SQL: sql, Keys: 3, Rows: 2, Database: name},
			{Loader: "Query.users", SQL: sql, Keys: 3, Rows: 1, Database: name},
			{Loader: "Query.users", SQL: sql, Keys: 3, Rows: 2, Database: name},
			{Loader: "broken", SQL: "SELECT nothing FROM nowhere", Database: name},
		}
		got := recorder.Statements()
		for i := range got {
			if got[i].Duration <= 0 {
				t.Errorf("statement %d took %v", i, got[i].Duration)
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(statement.Statement{}, "Duration")); diff != "" {
			t.Error(diff)
		}
	})
}
