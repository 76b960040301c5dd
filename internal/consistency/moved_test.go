package consistency_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// TestReplicaAtAnotherAddress names two replicas by one name, and has one of them
// come back at an address that the name did not have before.
func TestReplicaAtAnotherAddress(t *testing.T) {
	t.Parallel()
	cluster := dbtest.Private(t)
	link := cluster.NewDatabase(t)
	if _, err := dbtest.OpenURL(t, link).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	standbys := cluster.Standbys(t, 2)
	if l, err := net.Listen("tcp", "127.0.0.3:0"); err != nil {
		t.Skipf("this system has one address of its own: %v", err)
	} else if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	first := dbtest.NewProxy(t, standbys[0])
	_, port, err := net.SplitHostPort(first.Addr())
	if err != nil {
		t.Fatal(err)
	}
	before := dbtest.NewProxyAt(t, standbys[1], "127.0.0.2:"+port)
	var moved atomic.Bool
	db, err := database.Open(t.Context(), database.Options{
		URL: dbtest.NewProxy(t, cluster.Node).URL(dbtest.NameOf(link)), MaxConns: 8,
		ReplicaURLs: []string{strings.Replace(first.URL(dbtest.NameOf(link)), "127.0.0.1", "replicas.test", 1)},
		LookupHost: func(_ context.Context, host string) ([]string, error) {
			if host != "replicas.test" {
				t.Errorf("%s was looked up", host)
			}
			if moved.Load() {
				return []string{"127.0.0.3", "127.0.0.1"}, nil
			}
			return []string{"127.0.0.1", "127.0.0.2"}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	serving := func() (names []string) {
		for _, m := range db.Servers() {
			if m.Standby && m.Fault == "" {
				names = append(names, m.Name)
			}
		}
		return names
	}
	until := func(what string, want ...string) {
		t.Helper()
		for deadline := time.Now().Add(patience); !slices.Equal(serving(), want); time.Sleep(20 * time.Millisecond) { //nolint:forbidigo // servers are asked in the background
			if time.Now().After(deadline) {
				t.Fatalf("%s: %+v", what, db.Servers())
			}
		}
	}
	one, two := "replicas.test:"+port+"#1", "replicas.test:"+port+"#2"
	until("both serve", one, two)
	before.Cut()
	until("one is gone", one)
	dbtest.NewProxyAt(t, standbys[1], "127.0.0.3:"+port)
	moved.Store(true)
	until("it is found at its new address", one, two)
}
