//go:build linux

// Command cost measures what operations really cost, in microseconds of CPU of
// the server and PostgreSQL together, and compares it with their prices in
// points: all examples, the operations of the benchmark, and generated ones. It
// fits the weights that the schema could have, and draws docs/cost.svg.
//
// It is no test: it takes minutes, wants a quiet machine, and reads processor
// times from /proc.
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
	"time"

	"github.com/weftql/weft/internal/testbed"
)

func main() { testbed.Main("cost", run) }

// options are the flags.
type options struct {
	posts     int
	generated int
	seed      uint64
	duration  time.Duration
	plot      string
	binary    string
	every     bool
}

func parse(args []string) (o options, err error) {
	set := flag.NewFlagSet("cost", flag.ContinueOnError)
	set.IntVar(&o.posts, "posts", 100_000, "how many posts there are")
	set.IntVar(&o.generated, "generated", 100, "how many operations are generated")
	set.Uint64Var(&o.seed, "seed", 1, "of the generated operations")
	set.DurationVar(&o.duration, "duration", time.Second, "how long each operation is measured")
	set.StringVar(&o.plot, "plot", "", "file to draw to, as SVG")
	set.StringVar(&o.binary, "weft", "", "a weft binary to measure instead of a new build")
	set.BoolVar(&o.every, "every", false, "print every operation, and the text of those that are priced worst")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if o.duration < 100*time.Millisecond {
		return o, errors.New("want at least 100ms for an operation")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weft-cost-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL may run as another user
		return err
	}
	if o.binary == "" {
		o.binary = filepath.Join(dir, "weft")
		if err := testbed.Build(ctx, o.binary, "./cmd/weft"); err != nil {
			return err
		}
	}
	postgres, err := testbed.StartPostgres(ctx, filepath.Join(dir, "postgres"))
	if err != nil {
		return err
	}
	defer postgres.Stop()
	env := []string{"WEFT_DATABASE_URL=" + postgres.URL, "WEFT_DATA_DIR=" + dir, "WEFT_DATABASE_MAX_CONNS=8", "WEFT_COST_MODE=measure"}
	if err := testbed.Seed(ctx, o.binary, dir, env, o.posts); err != nil {
		return err
	}
	server, err := testbed.Start(ctx, testbed.Command{Name: "weft", Program: o.binary, Dir: dir, Ready: "/readyz", Env: env})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	b := &bench{options: o, server: server, postgres: postgres}
	handwritten := filepath.Join(dir, "handwritten")
	if err := testbed.Build(ctx, handwritten, "./bench/handwritten"); err != nil {
		return err
	}
	if err := b.startYardstick(ctx, handwritten, dir); err != nil {
		return err
	}
	defer func() { _ = b.yardstick.server.Stop() }() // it has done its work
	all, err := b.operations(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "measuring %d operations\n", len(all))
	var samples []sample
	for some := range slices.Chunk(all, 8) {
		more, err := b.measureSome(ctx, some)
		if err != nil {
			return err
		}
		samples = append(samples, more...)
	}
	if o.plot != "" {
		if err := os.WriteFile(o.plot, draw(samples), 0o644); err != nil {
			return err
		}
	}
	return b.report(stdout, samples)
}

// bench is one run.
type bench struct {
	options
	server   *testbed.Server
	postgres *testbed.Postgres

	yardstick *yardstick
	token     string // of a user
}
