package graphtest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
)

// patience is how long a feed may take to become whole.
const patience = 30 * time.Second

// Listen is Follow, and waits until the feed is whole.
func Listen(t testing.TB, url string, replicas ...string) (*database.Database, *feed.Feed) {
	t.Helper()
	db, changes := Follow(t, url, replicas...)
	for deadline := time.Now().Add(patience); !changes.Status().Whole; time.Sleep(time.Millisecond) { //nolint:forbidigo // it has no channel
		if time.Now().After(deadline) {
			t.Fatalf("the feed does not become whole: %+v", changes.Status())
		}
	}
	return db, changes
}

// Follow opens a database as an instance does: what it writes is announced, and
// what others write is told by the feed. Both end with t.
func Follow(t testing.TB, url string, replicas ...string) (*database.Database, *feed.Feed) {
	t.Helper()
	changes := feed.New(slog.New(slog.NewTextHandler(t.Output(), nil)))
	db, err := database.Open(t.Context(), database.Options{
		URL: url, ReplicaURLs: replicas, MaxConns: 8,
		Message: feed.Encode, Committing: changes.Committing, Committed: changes.Committed,
	})
	if err != nil {
		t.Fatal(err)
	}
	feed.Announce(db)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { changes.Run(ctx, db) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, changes
}
