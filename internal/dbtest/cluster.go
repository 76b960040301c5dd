// Package dbtest gives tests a throw-away PostgreSQL: the test binary starts a
// cluster of its own on first use, every test gets a database of its own in
// it, and nothing is left behind, even when the test binary is killed.
//
// It is imported by _test.go files only and knows nothing of the product's
// tables. For speed the cluster does not survive a crash of the machine
// (fsync is off); to a client it behaves like any other.
//
// Two variables steer it: WEFT_TEST_PG_BIN names the directory of PostgreSQL's
// programs, where they are not found by themselves; WEFT_TEST_POSTGRES_URL
// names a running server to use instead, with a role that may create
// databases.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

const (
	owner    = "weft" // owns the databases of the tests, with the rights of production: to read the log and whom a standby follows
	patience = time.Minute
)

// Cluster is a primary and its standbys, or a server that somebody else runs.
type Cluster struct {
	*Node // the primary; nil for a server that somebody else runs

	dir      string
	private  bool         // belongs to one test
	release  func() error // removes all; nil for a server that somebody else runs
	lock     *pgx.Conn    // marks the databases on such a server as in use
	admin    *url.URL     // role that creates databases
	client   *url.URL     // role that tests get
	prefix   string       // of every database name
	serial   atomic.Int64
	mu       sync.Mutex // guards templates
	template map[string]func() error
}

// serial numbers the standbys of all clusters.
var serial atomic.Int64

var shared = sync.OnceValues(func() (*Cluster, error) {
	if given := os.Getenv("WEFT_TEST_POSTGRES_URL"); given != "" {
		return external(given)
	}
	return start()
})

// Postgres returns the cluster that all tests of the binary share. The first
// call starts it. A test that stops or pauses it takes Private instead.
func Postgres(t testing.TB) *Cluster {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Private returns a cluster that belongs to t, which may stop, pause or break
// it; it is gone when t ends. It takes about a second to start. The test is
// skipped where WEFT_TEST_POSTGRES_URL is set and PostgreSQL's programs are
// missing.
func Private(t testing.TB) *Cluster {
	t.Helper()
	c, err := start()
	if errors.Is(err, testbed.ErrNoPrograms) && os.Getenv("WEFT_TEST_POSTGRES_URL") != "" {
		t.Skipf("needs a cluster of its own, WEFT_TEST_POSTGRES_URL does not do: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.private = true
	t.Cleanup(func() {
		if err := errors.Join(c.kill(), c.release()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// start makes a cluster in a new directory and waits until it answers.
func start() (_ *Cluster, err error) {
	host, err := testbed.NewHost()
	if err != nil {
		return nil, err
	}
	dir, err := tempDir(host.Account)
	if err != nil {
		return nil, err
	}
	release, err := testbed.Guard(dir, guardScript)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, release())
		}
	}()

	primary := host.NewPostgres(filepath.Join(dir, "primary"))
	ctx := context.Background() // it belongs to no test
	if err := primary.Init(ctx, settings); err != nil {
		return nil, err
	}
	if err := primary.Start(ctx); err != nil {
		return nil, err
	}
	c := &Cluster{
		Node: &Node{server: primary}, dir: dir, release: release, prefix: "test",
		admin:    primary.Address(testbed.Superuser, testbed.Superuser),
		client:   primary.Address(owner, testbed.Superuser),
		template: map[string]func() error{},
	}
	for _, sql := range []string{"CREATE ROLE " + owner + " LOGIN REPLICATION", "GRANT pg_read_all_stats TO " + owner} {
		if err := c.exec(sql); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Standbys adds n streaming standbys and returns them when they answer. They
// replay what the primary commits within a millisecond or so, and go when t
// ends.
func (c *Cluster) Standbys(t testing.TB, n int) []*Node {
	t.Helper()
	if c.Node == nil {
		t.Skip("needs standbys, WEFT_TEST_POSTGRES_URL does not do")
	}
	standbys := make([]*Node, n)
	for i := range standbys {
		name := fmt.Sprintf("standby%d", serial.Add(1))
		s := &Node{server: c.server.NewPostgres(filepath.Join(c.dir, name))}
		if err := s.server.Copy(t.Context(), c.server, name); err != nil {
			t.Fatal(err)
		}
		s.Start(t)
		t.Cleanup(func() { c.removeStandby(t, s, name) })
		standbys[i] = s
	}
	return standbys
}

func (c *Cluster) removeStandby(t testing.TB, s *Node, slot string) {
	if err := s.kill(); err != nil {
		t.Errorf("stop standby: %v", err)
	}
	if err := os.RemoveAll(s.server.Dir); err != nil {
		t.Errorf("remove standby: %v", err)
	}
	if c.private {
		return // the primary, with its slots, is about to go
	}
	// A slot without a standby makes the primary keep its log for ever. It
	// counts as in use until the primary has noticed that its reader is gone.
	err := testbed.Poll(context.Background(), patience, func() error { return c.exec("SELECT pg_drop_replication_slot($1)", slot) })
	if err != nil {
		t.Errorf("drop replication slot: %v", err)
	}
}

// exec runs one statement as the administrator.
func (c *Cluster) exec(sql string, args ...any) error { return execOn(c.admin.String(), sql, args...) }
