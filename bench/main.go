//go:build linux

// Command bench compares Weft with a hand-written net/http and pgx server that
// runs the same statements and writes the same JSON, and on request with
// GraphQL servers for Node (peers), in one run on one throw-away PostgreSQL.
// It compares the answers and the statements before it
// measures anything.
//
// It is no test: it takes minutes, wants a quiet machine, and reads processor
// times from /proc. bench_test.go counts allocations in process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

func main() {
	testbed.Main("bench", run)
}

// options are the flags.
type options struct {
	size     size
	rounds   int
	duration time.Duration
	only     string
	out      string
	profiles string
	binary   string
	against  string
	peers    bool
	scale    int
}

func parse(args []string) (options, error) {
	o := options{size: standard}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.IntVar(&o.size.users, "users", o.size.users, "how many users")
	set.IntVar(&o.size.posts, "posts", o.size.posts, "how many posts")
	set.IntVar(&o.size.comments, "comments", o.size.comments, "how many comments")
	set.IntVar(&o.rounds, "rounds", 3, "how often each server is measured; the table has the medians")
	set.DurationVar(&o.duration, "duration", 2*time.Second, "how long one server is measured with one number of clients")
	set.StringVar(&o.only, "only", "", "operations to measure, such as Q1,Q3; empty: all")
	set.StringVar(&o.out, "o", "", "file to write the table to, beside the standard output")
	set.StringVar(&o.profiles, "profiles", "", "directory for a CPU profile of Weft in each operation")
	set.StringVar(&o.binary, "weft", "", "a weft binary to measure instead of a new build")
	set.StringVar(&o.against, "against", "", "another weft binary to measure in the same rounds, in place of Weft with budgets, with rows, by hashes and on gqlgen's executor")
	set.BoolVar(&o.peers, "peers", false, "measure the servers in bench/peers too, which needs Node and npm")
	set.IntVar(&o.scale, "scale", 0, "measure Weft alone, with the data and with so many times as many")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if o.rounds < 1 || o.duration < 100*time.Millisecond {
		return o, errors.New("want at least one round of 100ms")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weft-bench-")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	say := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

	if o.binary == "" {
		o.binary = filepath.Join(dir, "weft")
		if err := testbed.Build(ctx, o.binary, "./cmd/weft"); err != nil {
			return err
		}
	}
	if o.scale > 1 {
		return scale(ctx, o, dir, say, stdout)
	}
	handwritten := filepath.Join(dir, "handwritten")
	if err := testbed.Build(ctx, handwritten, "./bench/handwritten"); err != nil {
		return err
	}
	all, err := kinds(o.binary, o.against, handwritten, dir)
	if err != nil {
		return err
	}
	peers := ""
	if o.peers {
		var others []kind
		if others, peers, err = installPeers(ctx, "bench/peers"); err != nil {
			return err
		}
		all = append(all, others...)
	}
	say("starting PostgreSQL")
	db, err := testbed.StartPostgres(ctx, filepath.Join(dir, "postgres"))
	if err != nil {
		return err
	}
	defer db.Stop()
	say("loading %d users, %d posts, %d comments", o.size.users, o.size.posts, o.size.comments)
	if err := load(ctx, o.binary, db.URL, o.size); err != nil {
		return err
	}

	var servers []*server
	defer func() {
		for _, s := range servers {
			err = errors.Join(err, s.Stop())
		}
	}()
	for _, kind := range all {
		if kind.hand {
			kind.env = append(kind.env, "JWKS=http://"+servers[0].Addr+"/.well-known/jwks.json")
		}
		s, err := start(ctx, kind, db.URL, dir)
		if err != nil {
			return err
		}
		servers = append(servers, s)
	}
	operations, err := prepare(ctx, servers[0])
	if err != nil {
		return err
	}
	operations = choose(operations, o.only)
	say("comparing answers and statements")
	for _, op := range operations {
		if err := compare(ctx, op, op.servers(servers)); err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
	}
	r := report{options: o, version: db.Version, peers: peers}
	for _, op := range operations {
		say("measuring %s", op.name)
		measured, err := measure(ctx, o, op, op.servers(servers), db)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		r.operations = append(r.operations, measured)
	}
	text := r.markdown()
	if o.out != "" {
		if err := os.WriteFile(o.out, []byte(text), 0o644); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
	}
	_, err = io.WriteString(stdout, text)
	return err
}
