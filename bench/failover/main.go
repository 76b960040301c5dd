//go:build linux

// Command failover shows what a failover by an existing manager costs: it starts
// etcd and three PostgreSQL servers under Patroni with the configuration of
// deploy/patroni, two servers of Weft that know all three, and writers and
// readers; then it kills the primary, switches over and freezes the primary. It
// fails if an acknowledged write is lost or done twice, if a reader misses an own
// write, or if a read fails in another way than a code that says: try again.
//
// It is no test: it takes some two minutes, and needs Linux and the packages
// patroni, etcd-server and postgresql.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

func main() {
	testbed.Main("failover", run)
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	set := flag.NewFlagSet("failover", flag.ContinueOnError)
	binary := set.String("weft", "", "a weft binary to try instead of a new build")
	logs := set.String("logs", "", "directory for the logs of all processes, which must not exist")
	if err := set.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("/tmp", "weft-failover-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL may run as another user
		return err
	}
	if *binary == "" {
		*binary = filepath.Join(dir, "weft")
		if err := testbed.Build(ctx, *binary, "./cmd/weft"); err != nil {
			return err
		}
	}
	say := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	say("starting etcd, and three servers under Patroni")
	c, err := newCluster(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if *logs != "" {
		defer func() { err = errors.Join(err, keepLogs(dir, *logs)) }()
	}
	t := &trial{cluster: c, binary: *binary, dir: dir, say: say}
	defer func() { err = errors.Join(err, t.stop()) }()
	failed := t.run(ctx)
	if t.load == nil || ctx.Err() != nil {
		return failed
	}
	text, faults := t.report()
	_, err = io.WriteString(stdout, text)
	return errors.Join(failed, faults, err)
}

// keepLogs copies what the processes said.
func keepLogs(from, to string) error {
	found, err := filepath.Glob(filepath.Join(from, "*", "log"))
	if err != nil {
		return err
	}
	servers, err := filepath.Glob(filepath.Join(from, "log-*"))
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, name := range append(found, servers...) {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		short := strings.ReplaceAll(strings.TrimPrefix(name, from+"/"), "/", "-")
		if err := os.WriteFile(filepath.Join(to, short), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// trial is one run.
type trial struct {
	*cluster
	binary, dir string
	say         func(string, ...any)
	servers     []*testbed.Server
	load        *load
	stages      []*stage
	started     time.Duration // how long a new instance took while the first server was away

	lost, doubled, writes int64
}

func (t *trial) stop() error {
	var err error
	for _, s := range t.servers {
		err = errors.Join(err, s.Stop())
	}
	return err
}

// serve starts an instance of Weft with the defaults of development, which knows
// all servers.
func (t *trial) serve(ctx context.Context) (*testbed.Server, error) {
	urls := make([]string, len(t.nodes))
	for i, n := range t.nodes {
		urls[i] = n.url()
	}
	return testbed.Start(ctx, testbed.Command{
		Name: "weft", Program: t.binary, Dir: t.dir, Ready: "/readyz",
		Env: []string{
			"WEFT_DATABASE_URL=" + urls[0], "WEFT_DATABASE_REPLICA_URLS=" + strings.Join(urls[1:], ","),
			"WEFT_DATA_DIR=" + t.dir, "WEFT_COST_MODE=off",
		},
	})
}

// writers is how many write at once; of each kind of reader there are two.
const writers = 4

func (t *trial) run(ctx context.Context) error {
	leader, err := t.leader(ctx)
	if err != nil {
		return err
	}
	// That of WEFT_DATABASE_URL is the first to die.
	first := slices.Index(t.nodes, leader)
	t.nodes[0], t.nodes[first] = t.nodes[first], t.nodes[0]
	for range 2 {
		s, err := t.serve(ctx)
		if err != nil {
			return err
		}
		t.servers = append(t.servers, s)
	}
	if t.load, err = newLoad(ctx, t.servers, writers); err != nil {
		return err
	}
	t.load.begin("nothing")
	running, stop := context.WithCancel(ctx)
	defer stop()
	ending, end := context.WithCancel(ctx)
	defer end()
	var all, readers sync.WaitGroup
	for i := range writers {
		all.Go(func() { t.load.write(running, ending, i) })
	}
	for i, kind := range []string{anonymous, anonymous, signedIn, signedIn, withToken, withToken} {
		readers.Go(func() { t.load.read(running, kind, i) })
	}
	failed := t.faults(ctx)
	t.stages = append(t.stages, t.load.begin("the end"))
	stop()
	readers.Wait()
	limit := time.AfterFunc(30*time.Second, end)
	all.Wait()
	limit.Stop()
	for _, reg := range t.load.registers {
		t.writes += reg.acknowledged.Load()
	}
	t.lost, t.doubled, err = t.load.final(ctx)
	return errors.Join(failed, err)
}

// patience is how long a failover may take.
const patience = 2 * time.Minute

func (t *trial) faults(ctx context.Context) error {
	wait(ctx, 5*time.Second)
	steps := []struct {
		name        string
		fault, mend func(ctx context.Context, leader *node) error
	}{
		{"kill -9 of the primary and its Patroni", func(_ context.Context, n *node) error { return n.crash() }, func(ctx context.Context, n *node) error {
			if err := t.startAnother(ctx); err != nil {
				return err
			}
			return t.start(n)
		}},
		{"patronictl switchover", t.switchOver, nil},
		{"the primary and its Patroni frozen (SIGSTOP)",
			func(_ context.Context, n *node) error { return n.signal(syscall.SIGSTOP) },
			func(_ context.Context, n *node) error { return n.signal(syscall.SIGCONT) }},
	}
	for _, step := range steps {
		if err := t.healthy(ctx, patience); err != nil {
			return err
		}
		leader, err := t.leader(ctx)
		if err != nil {
			return err
		}
		t.say("%s: %s", step.name, leader.name)
		t.stages = append(t.stages, t.load.begin(step.name))
		wait(ctx, 2*time.Second)
		t.load.broken()
		if err := step.fault(ctx, leader); err != nil {
			return err
		}
		if err := t.load.working(ctx, patience); err != nil {
			return err
		}
		if step.mend == nil {
			continue
		}
		if err := step.mend(ctx, leader); err != nil {
			return err
		}
		wait(ctx, 3*time.Second) // what the returned server does counts too
	}
	if err := t.healthy(ctx, patience); err != nil {
		return err
	}
	wait(ctx, 2*time.Second)
	return ctx.Err()
}

// switchOver has another server become the primary, as an operator would.
func (t *trial) switchOver(ctx context.Context, _ *node) error {
	return t.patronictl(ctx, "switchover", "--force", "weft")
}

// startAnother starts an instance while the server of WEFT_DATABASE_URL is away,
// as an autoscaler or a restart would.
func (t *trial) startAnother(ctx context.Context) error {
	began := time.Now()
	s, err := t.serve(ctx)
	if err != nil {
		return fmt.Errorf("while the server of WEFT_DATABASE_URL is away: %w", err)
	}
	t.started = time.Since(began)
	return s.Stop()
}
