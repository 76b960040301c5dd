//go:build linux

package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

// standard are what the requests of the yardstick use on the benchmark machine,
// the server and PostgreSQL together: the hand-written server's Q1 and Q2 in
// bench/results/2026-11-23.md.
var standard = [...]time.Duration{59 * time.Microsecond, 558 * time.Microsecond}

// yardstick is the hand-written server of the benchmark. A machine is slower or
// faster than the benchmark machine, or busier at times, by what it uses.
type yardstick struct {
	server   *testbed.Server
	postgres *testbed.Postgres
	requests [][]byte
	factors  []float64
}

func (b *bench) startYardstick(ctx context.Context, program, dir string) error {
	server, err := testbed.Start(ctx, testbed.Command{
		Name: "yardstick", Program: program, Dir: dir, Ready: "/statements",
		Env: []string{"WEFT_DATABASE_URL=" + b.postgres.URL, "WEFT_DATABASE_MAX_CONNS=8"},
	})
	if err != nil {
		return err
	}
	b.yardstick = &yardstick{server: server, postgres: b.postgres}
	return nil
}

// ask says what the yardstick is asked for.
func (y *yardstick) ask(user string) {
	for _, path := range []string{"/users/" + user, "/posts"} {
		y.requests = append(y.requests, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, y.server.Addr))
	}
}

// measure tells how many times as much as on the benchmark machine a request
// uses now. A machine may be slow with small requests, which are mostly the
// kernel's, and quick with large ones: both count alike, so it is their geometric
// mean.
func (y *yardstick) measure(ctx context.Context, duration time.Duration) (float64, error) {
	factor := 1.0
	for i := range y.requests {
		requests := y.requests[i : i+1]
		if _, err := testbed.Drive(ctx, y.server.Addr, requests, clients, duration/4); err != nil {
			return 0, err
		}
		f, err := testbed.Observe(ctx, y.server, y.postgres, requests, clients, duration)
		if err != nil {
			return 0, err
		}
		factor *= float64(f.TotalCPU()) / float64(standard[i])
	}
	factor = math.Sqrt(factor)
	y.factors = append(y.factors, factor)
	return factor, nil
}

// median is that of all measurements.
func (y *yardstick) median() float64 {
	sorted := slices.Sorted(slices.Values(y.factors))
	return sorted[len(sorted)/2]
}
