//go:build linux

// Command cache measures what keeping answers brings, in one run on one
// throw-away PostgreSQL: what a kept answer costs against a bare net/http
// handler that sends the same bytes, and what a server with mostly reads and some writes
// costs with the cache off and on.
//
// It is no test: it takes minutes, wants a quiet machine, and reads processor
// times from /proc.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "-bare" {
		if err := serveBare(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "bare:", err)
			os.Exit(1)
		}
		return
	}
	testbed.Main("cache", run)
}

// options are the flags.
type options struct {
	posts    int
	rounds   int
	duration time.Duration
	mix      time.Duration
	binary   string
	only     string
	listed   int
	plot     string
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	var o options
	set := flag.NewFlagSet("cache", flag.ContinueOnError)
	set.IntVar(&o.posts, "posts", 20_000, "how many posts there are")
	set.IntVar(&o.rounds, "rounds", 3, "how often each server is measured; the table has the medians")
	set.DurationVar(&o.duration, "duration", 2*time.Second, "how long one server is measured")
	set.DurationVar(&o.mix, "mix", 15*time.Second, "how long reads and writes are measured with the cache off and on")
	set.StringVar(&o.binary, "weft", "", "a weft binary to measure instead of a new build")
	set.StringVar(&o.only, "only", "", "measure one part alone: hits, capacity or mix")
	set.IntVar(&o.listed, "statements", 0, "count the statements of the mix too, and list so many of each row; PostgreSQL needs pg_stat_statements for it, which takes some CPU")
	set.StringVar(&o.plot, "plot", "", "file to draw to, as SVG")
	if err := set.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weft-bench-")
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
	var settings []string
	if o.listed > 0 {
		settings = []string{"shared_preload_libraries = 'pg_stat_statements'"}
	}
	postgres, err := testbed.StartPostgres(ctx, filepath.Join(dir, "postgres"), settings...)
	if err != nil {
		return err
	}
	defer postgres.Stop()
	b := &bench{options: o, dir: dir, postgres: postgres}
	if err := testbed.Seed(ctx, o.binary, dir, []string{"WEFT_DATABASE_URL=" + postgres.URL}, o.posts); err != nil {
		return err
	}
	var table bytes.Buffer
	for _, part := range []struct {
		name    string
		measure func(context.Context, io.Writer) error
	}{{"hits", b.hits}, {"capacity", b.capacity}, {"mix", b.mixed}} {
		if o.only != "" && o.only != part.name {
			continue
		}
		if err := part.measure(ctx, &table); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	if o.plot != "" {
		if err := os.WriteFile(o.plot, draw(b.charts), 0o644); err != nil {
			return err
		}
	}
	_, err = table.WriteTo(stdout)
	return err
}

// bench is one run.
type bench struct {
	options
	dir      string
	postgres *testbed.Postgres
	charts   []chart // of the parts that were measured
}

// start starts a server with so many bytes for answers and for rows.
func (b *bench) start(ctx context.Context, answers, rows int) (*testbed.Server, error) {
	return testbed.Start(ctx, testbed.Command{
		Name: "weft", Program: b.binary, Dir: b.dir, Ready: "/readyz",
		Env: []string{
			"WEFT_DATABASE_URL=" + b.postgres.URL, "WEFT_DATA_DIR=" + b.dir, "WEFT_COST_MODE=off",
			"WEFT_LOG_LEVEL=warn", "WEFT_RESPONSE_CACHE=" + strconv.Itoa(answers), "WEFT_ROW_CACHE=" + strconv.Itoa(rows),
		},
	})
}
