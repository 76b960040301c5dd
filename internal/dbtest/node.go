package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
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

// Node is one PostgreSQL server of a cluster. It listens on a socket in a
// directory that only this user may enter, so it needs no password and no
// port.
type Node struct {
	bin     string
	name    string // under which it streams from a primary
	dir     string // holds data, log and socket
	account account
	exited  chan struct{} // closed when the process is gone; nil before the first start
	process *os.Process
	paused  []int
}

func newNode(bin, dir string, account account) *Node {
	return &Node{bin: bin, dir: dir, name: filepath.Base(dir), account: account}
}

func (n *Node) data() string { return filepath.Join(n.dir, "data") }
func (n *Node) log() string  { return filepath.Join(n.dir, "log") }

func (n *Node) address(role, database string) *url.URL {
	return &url.URL{
		Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {n.dir}}.Encode(),
	}
}

// URL is the address of a database on this server: the same database on each
// node of the cluster.
func (n *Node) URL(database string) string { return n.address(owner, database).String() }

// AdminURL is URL with the superuser's rights, to pause a replay or promote a
// standby.
func (n *Node) AdminURL(database string) string { return n.address(superuser, database).String() }

// initialise makes the data directory of a primary.
func (n *Node) initialise() error {
	if err := n.account.mkdir(n.dir); err != nil {
		return err
	}
	args := []string{
		"--pgdata", n.data(), "--username", superuser, "--auth", "trust", "--encoding", "UTF8",
		"--no-sync", "--no-instructions",
	}
	// Text is ordered by code point, as SQLite does, while upper and lower
	// case work beyond ASCII; systems name the second half differently.
	var faults []error
	for _, ctype := range []string{"C.UTF-8", "en_US.UTF-8"} {
		err := n.run("initdb", append(args, "--locale", "C", "--lc-ctype", ctype)...)
		if err == nil {
			return n.configure(settings)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// copyFrom makes the data directory of a standby that follows primary through
// a new replication slot.
func (n *Node) copyFrom(primary *Node, slot string) error {
	if err := n.account.mkdir(n.dir); err != nil {
		return err
	}
	err := n.run("pg_basebackup", "--pgdata", n.data(), "--dbname", primary.AdminURL(superuser), "--checkpoint", "fast",
		"--create-slot", "--slot", slot, "--write-recovery-conf", "--no-sync")
	if err != nil {
		return err
	}
	return n.configure("cluster_name = '" + n.name + "'\n")
}

func (n *Node) configure(text string) error {
	f, err := os.OpenFile(filepath.Join(n.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("configure cluster: %w", err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (n *Node) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(n.bin, program), args...)
	cmd.Dir = n.dir // the working directory of the tests may be closed to the account
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") })
	n.account.apply(cmd)
	return cmd
}

func (n *Node) run(program string, args ...string) error {
	out, err := n.command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("run %s: %w\n%s", program, err, out)
	}
	return nil
}

// start starts the server and waits until it answers.
func (n *Node) start() error {
	log, err := os.OpenFile(n.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open server log: %w", err)
	}
	defer log.Close()
	cmd := n.command("postgres", "-D", n.data(), "-k", n.dir)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	exited := make(chan struct{})
	n.process, n.exited = cmd.Process, exited
	go func() {
		defer close(exited)
		if err := cmd.Wait(); err != nil {
			// It did not end in order, so it left its pid, which the guard must
			// not signal: it may be another process's by then.
			_ = os.Remove(filepath.Join(n.data(), "postmaster.pid"))
		}
	}()

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var gone bool
	err = poll(ctx, func() error {
		select {
		case <-exited:
			gone = true
			return nil
		default:
		}
		conn, err := pgx.Connect(ctx, n.AdminURL(superuser))
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
	if err == nil && !gone {
		return nil
	}
	if err == nil {
		err = errors.New("it ended at once")
	}
	text, _ := os.ReadFile(n.log())
	return errors.Join(fmt.Errorf("start postgres: %w\n%s", err, text), n.kill())
}

// Start starts a stopped server on the same data and address. It returns when
// the server answers.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	if err := n.start(); err != nil {
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
	if n.process == nil {
		return nil
	}
	if err := n.resume(); err != nil {
		return err
	}
	if err := n.process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop postgres: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-n.exited:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop postgres: still running after %v", patience)
	}
}
