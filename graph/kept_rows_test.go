package graph_test

import (
	"context"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/executor/oracletest"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/rowcache"
	"github.com/weftql/weft/internal/seed"
)

// TestKeptRowsChangeNothing runs random queries with and without a cache of rows,
// as several viewers.
func TestKeptRowsChangeNothing(t *testing.T) {
	n := 1_000
	if testing.Short() {
		n /= 10
	}
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			db, changes := graphtest.Listen(t, dbtest.NewURL(t, store))
			if err := seed.Run(t.Context(), db, seed.Options{Users: 20, Posts: 120, Comments: 200, Tags: 12, Seed: 3}); err != nil {
				t.Fatal(err)
			}
			ids, c := someIDs(t, db), content.New(db)
			viewers := seededViewers(t, c)
			schema := graph.NewSchema(c, graphtest.Accounts(t, db), nil)
			rows := rowcache.New(rowcache.Options{Changes: cache.New(db, changes), Bytes: 1 << 20})
			for i := range n {
				op := randomQuery(schema.Schema(), uint64(i), ids)
				v := viewers[i%len(viewers)]
				ctx := func(kept loader.Rows) context.Context {
					return loader.NewContext(auth.NewContext(t.Context(), v), loader.New(query.New(db, v)).Keeping(kept))
				}
				want := oracletest.Run(ctx(nil), schema, op)
				got := oracletest.Run(ctx(rows.Of(&operation.Operation{})), schema, op)
				if diff := oracletest.Diff(want, got); diff != "" {
					t.Fatalf("query %d\n%s\n%v\n%s", i, op.Query, op.Variables, diff)
				}
			}
			// In a short run most rows are asked for once.
			if s := rows.Stats(); s.Hits < int64(n/20) {
				t.Errorf("too few rows were kept: %+v", s)
			}
		})
	}
}
