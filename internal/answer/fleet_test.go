package answer_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
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
	"github.com/weftql/weft/internal/rowcache"
)

// newFleet starts instances with caches over a database with standbys, and one
// without, which reads the primary. On SQLite they are one process, which has
// the file for itself.
func newFleet(t *testing.T, store string, instances, standbys int, deaf ...func(feed.Change) bool) *fleet {
	t.Helper()
	f := &fleet{t: t}
	url, through := "", ""
	var replicas []string
	if standbys > 0 {
		cluster := dbtest.Private(t)
		url = cluster.NewDatabase(t)
		first := dbtest.OpenURL(t, url)
		if _, err := first.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.standbys = cluster.Standbys(t, standbys)
		for _, node := range f.standbys {
			replicas = append(replicas, node.URL(dbtest.NameOf(url)))
		}
		f.proxy = dbtest.NewProxy(t, cluster.Node)
		through = f.proxy.URL(dbtest.NameOf(url))
	} else {
		url = dbtest.NewURL(t, store)
		through = url
	}
	for i := range instances {
		f.servers = append(f.servers, instance(t, through, replicas, i%3 != 1, i%3 != 0, deaf...))
	}
	f.url = url
	db, _ := graphtest.Listen(t, url) // what it writes is told too
	f.plain = graphtest.Start(t, db)
	return f
}

// disturb cuts the instances off the primary, with it their feeds, has standbys
// stop to replay, and writes past all of them, until ctx ends.
func (f *fleet) disturb(ctx context.Context, random *rand.Rand) {
	wait := func(d time.Duration) bool {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(d):
			return true
		}
	}
	for wait(time.Duration(200+random.IntN(400)) * time.Millisecond) {
		switch random.IntN(3) {
		case 0:
			f.proxy.Cut()
			wait(50 * time.Millisecond)
			f.proxy.Mend()
		case 1:
			node := f.standbys[random.IntN(len(f.standbys))]
			node.PauseReplay(f.t)
			wait(200 * time.Millisecond)
			node.ResumeReplay(f.t)
		default:
			dbtest.Stranger(f.t, f.url, "UPDATE tags SET created_at = created_at WHERE name = 'common'")
		}
	}
}

// instance is a server with a feed of its own, and a cache of answers, of rows,
// or both.
func instance(t *testing.T, url string, replicas []string, answers, rows bool, deaf ...func(feed.Change) bool) *graphtest.Server {
	t.Helper()
	db, changes := graphtest.Listen(t, url, replicas...)
	known := cache.New(db, changes, deaf...)
	var with []graphtest.Option
	if rows {
		with = append(with, graphtest.WithRows(rowcache.New(known, 16<<20).Step))
	}
	if !answers {
		return graphtest.Start(t, db, with...)
	}
	return graphtest.Start(t, db, append(with, withAnswers(t, known, nil))...)
}

// withAnswers puts a cache of answers into a server.
func withAnswers(t *testing.T, known *cache.Changes, shared *answer.Shared) graphtest.Option {
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

// gone returns the names of the queries whose answers are not known any more,
// once the instance has heard of all that was written.
func (s *cached) gone(t *testing.T, queries map[string]string) string {
	t.Helper()
	// Whoever is signed in is answered by what is committed, and so has the
	// instance wait for it.
	s.get(t, as("ada"), `{ users(first: 1) { nodes { id } } }`)
	var names []string
	for name, q := range queries {
		if !s.get(t, nil, q).hit() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "; ")
}
