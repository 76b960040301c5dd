package graph_test

import (
	"context"
	"sync"
	"testing"
	"time"

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
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/redistest"
	"github.com/weftql/weft/internal/rowcache"
	"github.com/weftql/weft/internal/seed"
)

// TestKeptRowsChangeNothing runs random queries with and without a cache of rows,
// as several viewers. On PostgreSQL a second cache has room for few rows, and
// takes those that the first has read out of Redis.
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
			known := cache.New(db, changes)
			var shared *rediscache.Cache
			if store == "postgres" {
				shared = sharedRows(t)
			}
			rows := rowcache.New(rowcache.Options{Changes: known, Bytes: 1 << 20, Shared: shared})
			few := rowcache.New(rowcache.Options{Changes: known, Bytes: 4 << 10, Shared: shared})
			for i := range n {
				op := randomQuery(schema.Schema(), uint64(i), ids)
				v := viewers[i%len(viewers)]
				ctx := func(kept loader.Rows) context.Context {
					return loader.NewContext(auth.NewContext(t.Context(), v), loader.New(query.New(db, v)).Keeping(kept))
				}
				want := oracletest.Run(ctx(nil), schema, op)
				for _, kept := range []*rowcache.Cache{rows, few} {
					got := oracletest.Run(ctx(kept.Of(&operation.Operation{})), schema, op)
					if diff := oracletest.Diff(want, got); diff != "" {
						t.Fatalf("query %d\n%s\n%v\n%s", i, op.Query, op.Variables, diff)
					}
				}
			}
			// In a short run most rows are asked for once.
			if s := rows.Stats(); s.Hits < int64(n/20) {
				t.Errorf("too few rows were kept: %+v", s)
			}
			if s := few.Stats(); shared != nil && (s.Borrowed < int64(n/20) || shared.Faults() > 0) {
				t.Errorf("too few rows were taken from Redis: %+v, %d faults", s, shared.Faults())
			}
		})
	}
}

// sharedRows returns what caches of rows share in a Redis.
func sharedRows(t *testing.T) *rediscache.Cache {
	t.Helper()
	shared := rediscache.New(redistest.Start(t).Client(t), "row:")
	shared.Patience = 5 * time.Second // the machine may be busy
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { shared.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return shared
}
