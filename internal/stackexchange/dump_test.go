package stackexchange

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/ent/post"
	enttag "github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/bulk"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// published returns the folder of a published dump. They are no part of the
// repository: WEFT_TEST_DATA names the folder that holds them, else they are
// looked for beside the repository.
func published(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("WEFT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the dump %s is not here: set WEFT_TEST_DATA", name)
	}
	return dir
}

func mustImport(t *testing.T, db *database.Database, dir string) Summary {
	t.Helper()
	var done, total int64
	summary, err := Import(t.Context(), db, Options{
		Dir:      dir,
		Progress: func(d, all int64) { done, total = d, all },
		Report:   func(f Fault) { t.Errorf("fault: %v", f) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if done != total || total == 0 {
		t.Errorf("progress ended at %d of %d bytes", done, total)
	}
	return summary
}

func TestBeer2020(t *testing.T) {
	dir := published(t, "beer-2020-06")
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		got := mustImport(t, db, dir)
		want := Summary{
			Site:      "beer",
			Users:     Count{Read: 6863, Result: bulk.Result{Inserted: 6863}},
			Tags:      Count{Read: 153, Result: bulk.Result{Inserted: 153}},
			Questions: Count{Read: 1029, Result: bulk.Result{Inserted: 1029}, Ghost: 7},
			Answers:   Count{Read: 2277, Result: bulk.Result{Inserted: 2277}, Ghost: 18},
			Comments:  Count{Read: 3509, Result: bulk.Result{Inserted: 3509}, Ghost: 50},
			Votes:     Count{Read: 18564},
			UpVotes:   15395, DownVotes: 1084,
			OtherPosts: map[string]int{"tag wiki excerpt": 81, "tag wiki": 81, "wiki placeholder": 3},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("summary (-want +got):\n%s", diff)
		}
		counts(t, db, map[string]int{
			"users": 6863 + 1, "tags": 153, "posts": 1029 + 2277, "post_search": 1029 + 2277, "comments": 3509, "post_tags": 2027,
			"posts WHERE parent_id IS NULL AND status = 'PUBLISHED' AND title IS NOT NULL": 1029,
			"posts WHERE score < -7 OR score > 67":                                         0,
			"posts WHERE body_format = 'HTML' AND published_at = created_at":               3306,
			"post_tags JOIN tags ON id = tag_id WHERE name = 'wine'":                       114,
			"post_tags JOIN tags ON id = tag_id WHERE name = 'taste'":                      108,
			"comments JOIN posts ON posts.id = post_id WHERE parent_id IS NULL":            1570,
			"posts JOIN users ON users.id = author_id WHERE username = 'ghost'":            25,
		})
		client, ctx := db.Client(), t.Context()
		first := client.Post.Query().Where(post.Title("What is a citra hop, and how does it differ from other hops?")).WithAuthor().OnlyX(ctx)
		if first.Score != 19 || !strings.HasPrefix(first.Body, "<p>I was offered a beer the other day") ||
			!strings.HasPrefix(first.Excerpt, "I was offered a beer the other day") ||
			first.CreatedAt.Format("2006-01-02T15:04:05.000Z07:00") != "2014-01-21T20:26:05.383Z" ||
			first.UpdatedAt.Format("2006-01-02T15:04:05.000Z07:00") != "2014-01-21T22:04:34.977Z" {
			t.Errorf("the first question: %v", first)
		}
		community := client.User.Query().Where(user.Username("community--1")).OnlyX(ctx)
		if !strings.HasPrefix(community.Bio, "Hi, I'm not really a person. I'm a background process") || community.Email != nil {
			t.Errorf("user -1: %v", community)
		}
	})
}

func TestConlang(t *testing.T) {
	dir := published(t, "conlang-meta-2020-09")
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		got := mustImport(t, db, dir)
		if got.Site != "conlang-meta" {
			t.Errorf("the site is %q", got.Site)
		}
		counts(t, db, map[string]int{"users": 272 + 1, "posts": 54 + 115, "comments": 230, "tags": 71, "post_tags": 106})
		before := tables(t, db)
		again := mustImport(t, db, dir)
		if diff := cmp.Diff(before, tables(t, db)); diff != "" {
			t.Errorf("importing twice is not importing once (-once +twice):\n%s", diff)
		}
		if again.Users.Unchanged != 272 || again.Questions.Unchanged != 54 || again.Answers.Unchanged != 115 || again.Comments.Unchanged != 230 {
			t.Errorf("the second time something changed: %+v", again)
		}
	})
}

func TestNewerOverOlder(t *testing.T) {
	older, newer := published(t, "beer-2014-05"), published(t, "beer-2020-06")
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		mustImport(t, db, older)
		counts(t, db, map[string]int{"users": 834 + 1, "comments": 793, "tags": 139})
		german := db.Client().Tag.Query().Where(enttag.Name("german")).OnlyX(t.Context())
		got := mustImport(t, db, newer)
		if got.Site != "beer" || got.Users.Inserted != 6084 || got.Comments.Inserted != 2729 || got.Comments.Updated == 0 ||
			got.Users.Updated == 0 || got.Questions.Updated == 0 || got.Answers.Updated == 0 {
			t.Errorf("the newer dump: %+v", got)
		}
		// What is gone in the newer dump stays: 55 users, 13 comments, 1 question
		// and 1 answer, and the tags without questions.
		counts(t, db, map[string]int{
			"users": 6863 + 55 + 1, "comments": 3509 + 13, "posts": 3306 + 2,
			"post_tags JOIN posts p ON p.id = post_id JOIN tags ON tags.id = tag_id WHERE name = 'german-beers'": 19,
		})
		if n := db.Client().Tag.QueryPosts(german).CountX(t.Context()); n != 0 {
			t.Errorf("%d posts have the tag of an older dump", n)
		}
		// A fresh import of the newer dump has the same rows for all that is in it.
		fresh := dbtest.Open(t, map[string]string{"postgres": "postgres", "sqlite3": "sqlite"}[db.Dialect()])
		mustImport(t, fresh, newer)
		updated := rowsByID(t, db, "posts")
		for id, row := range rowsByID(t, fresh, "posts") {
			if updated[id] != row {
				t.Fatalf("post %s differs from that of a fresh import:\n%.300s\n%.300s", id, updated[id], row)
			}
		}
	})
}

// counts compares numbers of rows; the keys are what follows FROM.
func counts(t *testing.T, db *database.Database, want map[string]int) {
	t.Helper()
	for from, n := range want {
		var got int
		if err := db.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM "+from).Scan(&got); err != nil {
			t.Errorf("%s: %v", from, err)
		} else if got != n {
			t.Errorf("%s: %d rows, want %d", from, got, n)
		}
	}
}

// tables returns a sum over the rows of each table.
func tables(t *testing.T, db *database.Database) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, name := range []string{"users", "tags", "posts", "comments", "post_tags"} {
		sum := sha256.New()
		for _, row := range ordered(t, db, name) {
			fmt.Fprintln(sum, row)
		}
		sums[name] = hex.EncodeToString(sum.Sum(nil))
	}
	var search int
	if err := db.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM post_search").Scan(&search); err != nil {
		t.Fatal(err)
	}
	sums["post_search"] = strconv.Itoa(search)
	return sums
}

// rowsByID returns the rows of a table by their id.
func rowsByID(t *testing.T, db *database.Database, name string) map[string]string {
	t.Helper()
	byID := map[string]string{}
	for _, row := range ordered(t, db, name) {
		byID[row[:strings.IndexByte(row, '|')]] = row
	}
	return byID
}

// ordered returns the rows of a table as text, by id.
func ordered(t *testing.T, db *database.Database, name string) (out []string) {
	t.Helper()
	columns := "*"
	if name == "posts" {
		columns = "id, title, body, body_format, excerpt, status, published_at, score, author_id, parent_id, created_at, updated_at"
	}
	rows, err := db.DB().QueryContext(t.Context(), "SELECT "+columns+" FROM "+name+" ORDER BY 1, 2, 3")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(names))
	targets := make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for _, v := range values {
			fmt.Fprintf(&line, "%v|", v)
		}
		out = append(out, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
