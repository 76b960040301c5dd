package answer_test

import (
	"context"
	"log/slog"
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
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/graphtest"
)

const patience = 30 * time.Second

// newFleet starts instances with caches over a database with standbys, and one
// without, which reads the primary. On SQLite they are one process, which has
// the file for itself.
func newFleet(t *testing.T, store string, instances, standbys int, deaf ...func(feed.Change) bool) *fleet {
	t.Helper()
	f := &fleet{t: t}
	url := ""
	var replicas []string
	if standbys > 0 {
		cluster := dbtest.Private(t)
		url = cluster.NewDatabase(t)
		first := dbtest.OpenURL(t, url)
		if _, err := first.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, node := range cluster.Standbys(t, standbys) {
			replicas = append(replicas, node.URL(dbtest.NameOf(url)))
		}
	} else {
		url = dbtest.NewURL(t, store)
	}
	for range instances {
		f.servers = append(f.servers, instance(t, url, replicas, deaf...))
	}
	db, err := database.Open(t.Context(), database.Options{URL: url, MaxConns: 6, Message: feed.Encode})
	if err != nil {
		t.Fatal(err)
	}
	closes(t, db)
	f.plain = graphtest.Start(t, db)
	return f
}

func closes(t *testing.T, db *database.Database) {
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// instance is a server with a cache and a feed of its own.
func instance(t *testing.T, url string, replicas []string, deaf ...func(feed.Change) bool) *graphtest.Server {
	t.Helper()
	changes := feed.New(slog.New(slog.NewTextHandler(t.Output(), nil)))
	db, err := database.Open(t.Context(), database.Options{
		URL: url, ReplicaURLs: replicas, MaxConns: 8,
		Message: feed.Encode, Committing: changes.Committing, Committed: changes.Committed,
	})
	if err != nil {
		t.Fatal(err)
	}
	closes(t, db)
	feed.Announce(db)
	known := cache.New(db, changes, deaf...)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { changes.Run(ctx, db) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	for deadline := time.Now().Add(patience); !known.Whole(); time.Sleep(time.Millisecond) { //nolint:forbidigo // it has no channel
		if time.Now().After(deadline) {
			t.Fatalf("the feed does not become whole: %+v", changes.Status())
		}
	}
	return graphtest.Start(t, db, graphtest.WithAnswers(func(schema *ast.Schema) *answer.Answers {
		model, err := cachepolicy.New(schema)
		if err != nil {
			t.Fatal(err)
		}
		return answer.New(answer.Options{Model: model, Changes: known, Bytes: 16 << 20, Scope: func(ctx context.Context) string {
			v := auth.FromContext(ctx)
			return v.ID.String() + string(v.Role)
		}})
	}))
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
