package database_test

import (
	"testing"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/searchindex"
)

// index writes a row of post_search as the application does.
func index(t *testing.T, db *database.Database, id, title, body string) {
	t.Helper()
	if _, err := db.DB().ExecContext(t.Context(), searchindex.Put(db.Dialect()), id, title, body); err != nil {
		t.Fatal(err)
	}
}

// find returns the posts whose text holds the words.
func find(t *testing.T, db *database.Database, words string) (found []typeid.Post) {
	t.Helper()
	sql := "SELECT post_id FROM post_search WHERE post_search MATCH $1 ORDER BY post_id"
	if db.Dialect() == dialect.Postgres {
		sql = "SELECT post_id FROM post_search WHERE document @@ plainto_tsquery('english', $1) ORDER BY post_id"
	}
	rows, err := db.Query(t.Context(), database.Read{SQL: sql, Args: []any{words}})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id typeid.Post
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		found = append(found, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSearchRowsGoWithTheirPosts(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		u := newUser(t, db.Client().User, "ada")
		kept, gone := newPost(t, db, u), newPost(t, db, u)
		reply, err := db.Client().Post.Create().SetBody("reply").SetAuthor(u).SetParent(gone).Save(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		index(t, db, kept.ID.UUID().String(), "Brewing beers", "with hops")
		index(t, db, gone.ID.UUID().String(), "Drinking", "a beer")
		index(t, db, reply.ID.UUID().String(), "", "another beer")
		if got := find(t, db, "beer"); len(got) != 3 {
			t.Fatalf("found %v, want all three", got)
		}
		if err := db.Client().Post.DeleteOne(gone).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := find(t, db, "beer"); len(got) != 1 || got[0] != kept.ID {
			t.Errorf("found %v; want only %v, for the reply went with its post", got, kept.ID)
		}
		if got := find(t, db, "brew"); len(got) != 1 {
			t.Errorf("found %v; words are found by their stem", got)
		}
	})
}
