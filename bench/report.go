//go:build linux

package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// report is what a run found.
type report struct {
	options    options
	version    string // of PostgreSQL
	peers      string // versions of Node and of the servers on it
	operations []result
}

// markdown writes the tables: every figure, and Weft's against those of the
// hand-written server that has the fewest statements.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured %s: %d processors (%s/%s), PostgreSQL %s, %s; %d users, %d posts, %d comments;\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, r.version, runtime.Version(),
		r.options.size.users, r.options.size.posts, r.options.size.comments)
	fmt.Fprintf(&b, "a pool of %d connections a server; clients, servers and PostgreSQL share the machine. Median of %d interleaved rounds\nof %s. CPU is milliseconds a request with %d clients.\n\n",
		connections, r.options.rounds, r.options.duration, manyClients)
	if r.peers != "" {
		fmt.Fprintf(&b, "Peers, one process each: %s.\n\n", r.peers)
	}
	b.WriteString("| operation | server | statements | server CPU | PostgreSQL CPU | total CPU | 1 client: req/s | p50 ms | p99 ms | 32 clients: req/s | p50 ms | p99 ms |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, op := range r.operations {
		for i, m := range op.rows {
			name := ""
			if i == 0 {
				name = op.name + " " + op.about
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %s | %.0f | %s | %s | %.0f | %s | %s |\n", name, m.server.name, m.statements,
				ms(m.many.ServerCPU), ms(m.many.DataCPU), ms(m.many.TotalCPU()),
				m.one.PerSecond, ms(m.one.P50), ms(m.one.P99), m.many.PerSecond, ms(m.many.P50), ms(m.many.P99))
		}
	}
	b.WriteString("\nAgainst the hand-written server, for mutations against the one with one statement:\n\n")
	b.WriteString("| operation | server | server CPU | total CPU | p50 of 1 client | total CPU of 1 client | req/s of 32 clients |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|\n")
	for _, op := range r.operations {
		hand := op.hand()
		for _, m := range op.rows {
			if m.server == hand.server {
				continue
			}
			fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f | %.2f | %.2f | %.2f |\n", op.name, m.server.name,
				ratio(m.many.ServerCPU, hand.many.ServerCPU), ratio(m.many.TotalCPU(), hand.many.TotalCPU()),
				ratio(m.one.P50, hand.one.P50), ratio(m.one.TotalCPU(), hand.one.TotalCPU()),
				m.many.PerSecond/hand.many.PerSecond)
		}
	}
	return b.String()
}

func (r result) hand() (hand measured) {
	for _, m := range r.rows {
		if m.server.hand {
			hand = m
		}
	}
	return hand
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func ms(d time.Duration) string { return fmt.Sprintf("%.3f", float64(d)/float64(time.Millisecond)) }
