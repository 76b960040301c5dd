package answer_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/answer"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/redistest"
	"github.com/weftql/weft/internal/rowcache"
)

// newFleet starts instances with caches over a database with standbys, and one
// without caches, which reads the primary. On PostgreSQL they share a Redis. On
// SQLite they share one process, and no other process uses the file.
func newFleet(t *testing.T, store string, instances, standbys int, deaf ...func(feed.Change) bool) *fleet {
	t.Helper()
	f := &fleet{t: t, watchers: 2}
	through := ""
	var replicas []string
	var server *redistest.Server
	if store == "postgres" {
		server = redistest.Start(t)
	}
	if standbys > 0 {
		cluster := f.replicated(standbys)
		replicas = f.replicas()
		proxy := dbtest.NewProxy(t, cluster.Node)
		through = proxy.URL(dbtest.NameOf(f.url))
		f.disturb = func(ctx context.Context, random *rand.Rand) {
			f.inject(ctx, random, 200*time.Millisecond, f.cut(proxy), f.pause, f.stranger)
		}
	} else {
		f.url = dbtest.NewURL(t, store)
		through = f.url
	}
	for i := range instances {
		db, changes := graphtest.Listen(t, through, replicas...)
		known := cache.New(db, changes, deaf...)
		var with []graphtest.Option
		if i%3 != 1 {
			with = append(with, withAnswers(t, known, share(t, server, "answer:")))
		}
		if i%3 != 0 {
			// There is room for few rows in the process, so more are taken from Redis.
			shared := share(t, server, "row:")
			rows := rowcache.New(rowcache.Options{Changes: known, Bytes: 4 << 10, Shared: shared})
			f.rows, f.shared = append(f.rows, rows), append(f.shared, shared)
			with = append(with, graphtest.WithRows(rows.Step))
		}
		f.servers = append(f.servers, graphtest.Start(t, db, with...).URL)
	}
	db, _ := graphtest.Listen(t, f.url) // the feed must tell of its writes too
	f.plain = graphtest.Start(t, db).URL
	return f
}

// replicated starts a migrated database with standbys.
func (f *fleet) replicated(standbys int) *dbtest.Cluster {
	f.t.Helper()
	cluster := dbtest.Private(f.t)
	f.url = cluster.NewDatabase(f.t)
	first := dbtest.OpenURL(f.t, f.url)
	if _, err := first.Migrate(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	f.standbys = cluster.Standbys(f.t, standbys)
	return cluster
}

// replicas are the addresses of the standbys.
func (f *fleet) replicas() (urls []string) {
	for _, node := range f.standbys {
		urls = append(urls, node.URL(dbtest.NameOf(f.url)))
	}
	return urls
}

// fault is something that fails for a while.
type fault func(ctx context.Context, random *rand.Rand)

// inject runs one fault after another until ctx ends. The pause between them is
// calm to three times calm.
func (f *fleet) inject(ctx context.Context, random *rand.Rand, calm time.Duration, faults ...fault) {
	for wait(ctx, calm+time.Duration(random.Int64N(int64(2*calm)))) {
		faults[random.IntN(len(faults))](ctx, random)
	}
}

// wait waits for d, and reports whether that ended before ctx did.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// cut cuts the instances behind one of the proxies off from the primary, and so
// cuts their feeds.
func (f *fleet) cut(proxies ...*dbtest.Proxy) fault {
	return func(ctx context.Context, random *rand.Rand) {
		proxy := proxies[random.IntN(len(proxies))]
		proxy.Cut()
		wait(ctx, 50*time.Millisecond)
		proxy.Mend()
	}
}

// pause makes a standby stop replaying.
func (f *fleet) pause(ctx context.Context, random *rand.Rand) {
	node := f.standbys[random.IntN(len(f.standbys))]
	node.PauseReplay(f.t)
	wait(ctx, 200*time.Millisecond)
	node.ResumeReplay(f.t)
}

// stranger writes without going through an instance.
func (f *fleet) stranger(context.Context, *rand.Rand) {
	dbtest.Stranger(f.t, f.url, "UPDATE tags SET created_at = created_at WHERE name = 'common'")
}

// share returns what instances share in a Redis; nil without one. It has more
// patience than a server, because the machine is busy.
func share(t *testing.T, server *redistest.Server, prefix string) *rediscache.Cache {
	t.Helper()
	if server == nil {
		return nil
	}
	shared := rediscache.New(server.Client(t), prefix)
	shared.Patience = time.Second
	return running(t, shared)
}

// running runs the writer of a cache until t ends.
func running(t *testing.T, shared *rediscache.Cache) *rediscache.Cache {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { shared.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
	return shared
}

// withAnswers adds a cache of answers to a server.
func withAnswers(t *testing.T, known *cache.Changes, shared *rediscache.Cache) graphtest.Option {
	return graphtest.WithAnswers(func(schema *ast.Schema) *answer.Answers {
		model, err := cachepolicy.New(schema)
		if err != nil {
			t.Fatal(err)
		}
		return answer.New(answer.Options{Model: model, Changes: known, Bytes: 16 << 20, Shared: shared, Scope: func(ctx context.Context) string {
			v := auth.FromContext(ctx)
			return v.ID.String() + string(v.Role)
		}})
	})
}

// gone returns the names of the queries whose answers are no longer cached,
// once the instance knows all the writes.
func (s *cached) gone(t *testing.T, queries map[string]string) string {
	t.Helper()
	// A signed-in user gets an answer from committed data, so the instance
	// waits for all the writes, and on a busy machine in vain at first.
	for range 100 {
		if r := s.get(t, as("ada"), `{ users(first: 1) { nodes { id } } }`); !strings.Contains(r.header.Get("Cache-Status"), "position") {
			break
		}
	}
	var names []string
	for name, q := range queries {
		if !s.get(t, nil, q).hit() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "; ")
}
