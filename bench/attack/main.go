//go:build linux

// Command attack does to a Weft of its own what a stranger could: it sends
// requests that were made to be dear, searches for dearer ones, sends them from
// many connections at once, and measures what they took and what others had to
// wait meanwhile. It ends with status 1 when one request takes more than a
// stranger may take, or when others are kept from being served.
//
// It is no test: it takes minutes, wants a quiet machine, and reads processor
// times from /proc. All it attacks is what it started, on 127.0.0.1.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

func main() {
	testbed.Main("attack", run)
}

// options are the flags.
type options struct {
	stores  []string
	posts   int
	steps   int
	seed    uint64
	binary  string
	seconds time.Duration
}

func parse(args []string) (options, error) {
	var o options
	set := flag.NewFlagSet("attack", flag.ContinueOnError)
	stores := set.String("stores", "sqlite,postgres", "stores to run on")
	set.IntVar(&o.posts, "posts", 20_000, "how many posts the database has, with as many users and comments as `weft seed` makes of that")
	set.IntVar(&o.steps, "steps", 150, "how many documents the search for the dearest one tries, on each store")
	set.Uint64Var(&o.seed, "seed", 1, "where the search starts")
	set.StringVar(&o.binary, "weft", "", "a weft binary to attack instead of a new build")
	set.DurationVar(&o.seconds, "duration", 6*time.Second, "how long each crowd of clients goes on")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	o.stores = strings.Split(*stores, ",")
	for _, store := range o.stores {
		if store != "sqlite" && store != "postgres" {
			return o, fmt.Errorf("-stores: there is no store %q: want sqlite or postgres", store)
		}
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weft-attack-")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// PostgreSQL runs as another user where this is root.
	if err := os.Chmod(dir, 0o711); err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	if o.binary == "" {
		o.binary = filepath.Join(dir, "weft")
		if err := testbed.Build(ctx, o.binary, "./cmd/weft"); err != nil {
			return err
		}
	}
	var failed []string
	for _, store := range o.stores {
		faults, err := attack(ctx, o, store, filepath.Join(dir, store), stdout)
		if err != nil {
			return fmt.Errorf("%s: %w", store, err)
		}
		for _, fault := range faults {
			failed = append(failed, store+": "+fault)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("a stranger takes too much:\n%s", strings.Join(failed, "\n"))
	}
	fmt.Fprintln(stdout, "\nNo request took more than it may, and nobody was kept waiting.")
	return nil
}

// attack runs everything against one store and returns what did not hold.
func attack(ctx context.Context, o options, store, dir string, stdout io.Writer) (faults []string, err error) {
	t, err := start(ctx, o, store, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.stop()) }()
	fmt.Fprintf(stdout, "\n## %s, %d posts\n\n", store, o.posts)
	fmt.Fprintf(stdout, "| request | bytes in | answered | CPU s | memory MB | answer MB | took s |\n|---|--:|---|--:|--:|--:|--:|\n")
	var dearest []measured
	note := func(m measured) {
		fmt.Fprintln(stdout, m.row())
		faults = append(faults, m.faults()...)
		dearest = append(dearest, m)
	}
	known, err := t.battery(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range known {
		m, err := t.measure(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		note(m)
	}
	found, err := t.climb(ctx, rand.New(rand.NewPCG(o.seed, 0)), o.steps)
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		note(m)
	}
	slices.SortFunc(dearest, func(a, b measured) int { return cmp.Compare(b.share(), a.share()) })
	fmt.Fprintf(stdout, "\nThe dearest that the search found, %.0f %% of what is allowed:\n\n```graphql\n%s\n```\n\n", 100*found[0].share(), found[0].query)

	fmt.Fprintf(stdout, "| crowd | requests of the crowd | answered with data | others: requests | failed | p50 ms | p99 ms | p99 ms when idle |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, m := range dearest[:min(4, len(dearest))] {
		c, err := t.crowd(ctx, m.request, o.seconds)
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(stdout, c.row())
		faults = append(faults, c.faults()...)
	}
	c, err := t.signIns(ctx, o.seconds)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(stdout, c.row())
	return append(faults, c.faults()...), nil
}
