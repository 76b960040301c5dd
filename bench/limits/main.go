// Command limits sends one trace of operations to the three algorithms of
// package ratelimit and to an exact limiter, in simulated time, and compares
// them: `make bench-limits`. docs/rate-limits.md has its table and plot, which a
// test holds to what it says.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	plot := flag.String("plot", "", "write the plot, an SVG, to this file")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *plot); err != nil {
		fmt.Fprintln(os.Stderr, "limits:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, plot string) error {
	outcomes, err := compare(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, table(outcomes))
	if plot == "" {
		return nil
	}
	return os.WriteFile(plot, draw(outcomes), 0o644) //nolint:gosec // a picture for everybody
}

func table(outcomes []outcome) string {
	var text strings.Builder
	text.WriteString("| | let through | most in 1 s | most in 20 s | let through against the exact one | refused against it | remembers |\n|---|---|---|---|---|---|---|\n")
	for _, o := range outcomes {
		fmt.Fprintf(&text, "| %s | %d | %d | %d | %.1f %% | %.1f %% | %s |\n",
			o.name, o.passed, o.most(second), o.most(window), 100*o.lax, 100*o.strict, o.remembers)
	}
	return text.String()
}
