package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/executor/oracletest"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/seed"
)

// TestOracle runs random queries over the whole schema on both executors, as
// several viewers: data to the byte, errors as sets.
func TestOracle(t *testing.T) {
	n := 1_000
	if testing.Short() {
		n /= 10
	}
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		if err := seed.Run(t.Context(), db, seed.Options{Users: 20, Posts: 120, Comments: 200, Tags: 12, Seed: 3}); err != nil {
			t.Fatal(err)
		}
		ids := someIDs(t, db)
		c := content.New(db)
		viewers := seededViewers(t, c)
		a := graphtest.Accounts(t, db)
		breadthFirst, stock := graph.NewSchema(c, a, nil), graph.NewStockSchema(c, a, nil)
		executed := 0
		for i := range n {
			op := randomQuery(stock.Schema(), uint64(i), ids)
			run := func() context.Context {
				v := viewers[i%len(viewers)]
				return loader.NewContext(auth.NewContext(t.Context(), v), loader.New(query.New(db, v)))
			}
			want := oracletest.Run(run(), stock, op)
			got := oracletest.Run(run(), breadthFirst, op)
			if diff := oracletest.Diff(want, got); diff != "" {
				t.Fatalf("query %d\n%s\n%v\n%s", i, op.Query, op.Variables, diff)
			}
			for _, answer := range want {
				if answer.Data != "" && answer.Data != "null" {
					executed++
				}
			}
		}
		t.Logf("%d of %d queries gave data", executed, n)
		if executed < n/2 {
			t.Errorf("only %d of %d queries gave data", executed, n)
		}
	})
}

// seededViewers are nobody and one of each role among those that seed makes.
func seededViewers(t *testing.T, c *content.Content) []auth.Viewer {
	t.Helper()
	viewers := []auth.Viewer{{}}
	for _, name := range []string{"alice", "moderator", "admin"} {
		v, err := c.FindViewer(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		viewers = append(viewers, v)
	}
	return viewers
}

// someIDs are ids of every type, and some of none.
func someIDs(t *testing.T, db *database.Database) []string {
	t.Helper()
	ids := []string{"post_01h455vb4pex5vsknk084sn02q", "page_01h455vb4pex5vsknk084sn02q"}
	client := db.Client()
	users, err := client.User.Query().Limit(5).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	posts, err := client.Post.Query().Limit(20).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	comments, err := client.Comment.Query().Limit(5).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tags, err := client.Tag.Query().Limit(3).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		ids = append(ids, u.ID.String())
	}
	for _, p := range posts {
		ids = append(ids, p.ID.String())
	}
	for _, c := range comments {
		ids = append(ids, c.ID.String())
	}
	for _, tag := range tags {
		ids = append(ids, tag.ID.String())
	}
	return ids
}

func randomQuery(schema *ast.Schema, seed uint64, ids []string) oracletest.Operation {
	g := oracletest.New(schema, seed)
	g.Value = func(r *rand.Rand, coordinate string, t *ast.Type) (any, bool) {
		switch {
		case t.Name() == "ID" && t.Elem == nil:
			return ids[r.IntN(len(ids))], true
		case strings.HasSuffix(coordinate, "(first:)"), strings.HasSuffix(coordinate, "(last:)"):
			// Seldom both, which is an error.
			if r.IntN(4) > 0 && strings.HasSuffix(coordinate, "(last:)") {
				return nil, true
			}
			return r.IntN(6), true
		case strings.HasSuffix(coordinate, "(after:)"), strings.HasSuffix(coordinate, "(before:)"):
			if r.IntN(10) > 0 {
				return nil, true
			}
		case strings.HasSuffix(coordinate, "(query:)"):
			return []string{"garden", "the index or query", "a", "go -weekly", "-only"}[r.IntN(5)], true
		case strings.HasSuffix(coordinate, "(username:)"):
			return []string{"alice", "Bob", "nobody"}[r.IntN(3)], true
		}
		return nil, false
	}
	g.Scalar = func(r *rand.Rand, _ string) any {
		return fmt.Sprintf("202%d-02-02T00:00:00Z", r.IntN(7))
	}
	return g.Operation(ast.Query)
}
