package dbtest

import (
	"context"
	"syscall"
	"testing"

	"github.com/weftql/weft/internal/testbed"
)

// settings make a cluster fast to start and quick on its feet. Commits still
// wait for the log to be written, because positions in it are compared.
// Autovacuum is off so that plans do not change under a test: one that looks
// at plans runs ANALYZE.
const settings = `
fsync = off
full_page_writes = off
autovacuum = off
shared_buffers = 64MB
max_connections = 200
max_wal_senders = 30
max_replication_slots = 30
wal_level = logical
max_wal_size = 1GB
listen_addresses = ''
timezone = UTC
log_timezone = UTC
log_min_messages = warning
`

// Node is one PostgreSQL server of a cluster.
type Node struct {
	server *testbed.Postgres
	paused []int
}

// URL is the address of a database on this server: the same database on each
// node of the cluster.
func (n *Node) URL(database string) string { return n.server.Address(owner, database).String() }

// AdminURL is URL with the superuser's rights, to pause a replay or promote a
// standby.
func (n *Node) AdminURL(database string) string {
	return n.server.Address(testbed.Superuser, database).String()
}

// Start starts a stopped server on the same data and address. It returns when
// the server answers.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	if err := n.server.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Stop ends all sessions and the server in order, as an administrator would.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	if err := n.stop(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the server in the middle of whatever it does, as a crash would.
func (n *Node) Kill(t testing.TB) {
	t.Helper()
	if err := n.kill(); err != nil {
		t.Fatal(err)
	}
}

func (n *Node) kill() error { return n.stop(syscall.SIGQUIT) }

func (n *Node) stop(sig syscall.Signal) error {
	if err := n.resume(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return n.server.End(ctx, sig)
}
