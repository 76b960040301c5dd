package graph_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestStoresAgree runs the same random queries on the same data in both
// stores: the answers are the same to the byte, cursors and order included.
// Only the ranking of full text search is each store's own.
func TestStoresAgree(t *testing.T) {
	n := 1_000
	if testing.Short() {
		n /= 10
	}
	sqlite, postgres := dbtest.Open(t, "sqlite"), dbtest.Open(t, "postgres")
	for _, db := range []*database.Database{sqlite, postgres} {
		if err := seed.Run(t.Context(), db, seed.Options{Users: 20, Posts: 120, Comments: 200, Tags: 12, Seed: 5}); err != nil {
			t.Fatal(err)
		}
	}
	alice, err := content.New(sqlite).FindViewer(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	viewers := []auth.Viewer{{}, alice, {ID: alice.ID, Role: auth.RoleAdmin}}
	ids := someIDs(t, sqlite)
	schema := graph.NewSchema(content.New(sqlite), graphtest.Accounts(t, sqlite), nil)
	for i := range n {
		op := randomQuery(schema.Schema(), uint64(1_000_000+i), ids)
		if strings.Contains(op.Query, "search") {
			continue
		}
		run := func(db *database.Database) []oracletest.Answer {
			v := viewers[i%len(viewers)]
			ctx := auth.NewContext(context.Background(), v)
			return oracletest.Run(loader.NewContext(ctx, loader.New(query.New(db, v))), schema, op)
		}
		if diff := oracletest.Diff(run(sqlite), run(postgres)); diff != "" {
			t.Fatalf("query %d: SQLite and PostgreSQL differ\n%s\n%v\n%s", i, op.Query, op.Variables, diff)
		}
	}
}

// TestSearch finds by stem, phrase, alternative and absence on both stores, and
// ranks a word in the title above one in the body.
func TestSearch(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		f.User("alice", "USER")
		s := graphtest.Start(t, db)
		create := func(title, body string, publish bool) {
			s.Get(t, "alice", `mutation ($in: CreatePostInput!) { createPost(input: $in) { post { id } } }`,
				map[string]any{"in": map[string]any{"title": title, "body": body, "publish": publish}}, nil)
		}
		create("Brewing pale ale", "Hops and *malt*, boiled.", true)
		create("On glasses", "A pale lager, and an ale that is dark. [link](https://example.com/hops)", true)
		create("Gardening", "Hops grow on strings; a brewer buys them.", true)
		create("Draft about hops", "Brewing in secret.", false)
		for text, want := range map[string][]string{
			"hops":              {"Brewing pale ale", "Gardening"},
			"HOP":               {"Brewing pale ale", "Gardening"},
			"brew":              {"Brewing pale ale"},
			`"pale ale"`:        {"Brewing pale ale"},
			"pale ale":          {"Brewing pale ale", "On glasses"},
			"pale -lager":       {"Brewing pale ale"},
			"malt or string":    {"Brewing pale ale", "Gardening"},
			"the of and":        nil,
			"nothing":           nil,
			"href":              nil,
			"mälzen":            nil,
			`x' OR 1=1; --`:     nil,
			`NEAR(hops malt)`:   nil,
			`title:brewing*`:    nil,
			"brewing AND hops":  {"Brewing pale ale"},
			`"unclosed pale al`: nil,
		} {
			var found struct {
				Search struct {
					TotalCount int
					Nodes      []struct{ Title string }
				}
			}
			s.Get(t, "", `query ($text: String!) { search(query: $text) { totalCount nodes { ... on Post { title } } } }`,
				map[string]any{"text": text}, &found)
			var titles []string
			for _, node := range found.Search.Nodes {
				titles = append(titles, node.Title)
			}
			slices.Sort(titles)
			if diff := cmp.Diff(want, titles); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
			if found.Search.TotalCount != len(want) {
				t.Errorf("%s: totalCount %d, want %d", text, found.Search.TotalCount, len(want))
			}
		}
		create("Ale", "Nothing else.", true)
		var ranked struct {
			Search struct{ Nodes []struct{ Title string } }
		}
		s.Get(t, "", `{ search(query: "ale", first: 1) { nodes { ... on Post { title } } } }`, nil, &ranked)
		if got := ranked.Search.Nodes[0].Title; got != "Ale" && got != "Brewing pale ale" {
			t.Errorf("%q is first, want a post with the word in its title", got)
		}
	})
}
