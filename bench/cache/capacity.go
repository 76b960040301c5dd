//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

// capacity measures what the operations of the benchmark cost with nothing kept,
// with rows and with answers: how many of them a core serves.
func (b *bench) capacity(ctx context.Context, table io.Writer) error {
	fmt.Fprintf(table, "\nThe operations of bench/operations, %d clients; CPU of the server and of PostgreSQL for one, and how many one core of each does in a second.\n\n"+
		"| | kept | server | PostgreSQL | requests/s of a core of the server | of PostgreSQL |\n|---|---|--:|--:|--:|--:|\n", clients)
	for _, c := range []struct {
		name          string
		answers, rows int
	}{{"nothing", 0, 0}, {"rows", 0, room}, {"answers", room, 0}} {
		if err := b.capacityOf(ctx, table, c.name, c.answers, c.rows); err != nil {
			return fmt.Errorf("%s kept: %w", c.name, err)
		}
	}
	return nil
}

func (b *bench) capacityOf(ctx context.Context, table io.Writer, kept string, answers, rows int) (err error) {
	s, err := b.start(ctx, answers, rows)
	if err != nil {
		return err
	}
	defer func() { _ = s.Stop() }()
	c, err := newCrowd(ctx, s)
	if err != nil {
		return err
	}
	var found struct {
		Data struct {
			Users struct{ Nodes []struct{ ID string } }
		}
	}
	body, err := once(ctx, s, post(s, operation(`{ users(first: 100) { nodes { id } } }`, nil)))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return err
	}
	for n := 1; n <= 5; n++ {
		text, err := os.ReadFile(fmt.Sprintf("bench/operations/q%d.graphql", n))
		if err != nil {
			return err
		}
		w := way{name: fmt.Sprintf("Q%d", n), server: s}
		switch n {
		case 1:
			for _, u := range found.Data.Users.Nodes {
				w.requests = append(w.requests, post(s, operation(string(text), map[string]any{"id": u.ID})))
			}
		case 5: // on posts that no page of the others shows: their comments are counted
			for i, token := range c.tokens {
				w.requests = append(w.requests, postAs(s, token, operation(string(text), map[string]any{"postId": c.posts[len(c.posts)-1-i], "body": "So it is."})))
			}
		default:
			w.requests = append(w.requests, post(s, operation(string(text), nil)))
		}
		rounds := make([]testbed.Figures, b.rounds)
		for i := range rounds {
			if rounds[i], err = b.observe(ctx, w); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
		f := testbed.Median(rounds)
		fmt.Fprintf(table, "| %s | %s | %d µs | %d µs | %s | %s |\n", w.name, kept, f.ServerCPU.Microseconds(), f.DataCPU.Microseconds(),
			perCore(f.ServerCPU), perCore(f.DataCPU))
	}
	return nil
}

// perCore is how many requests a core does in a second.
func perCore(cpu time.Duration) string {
	if cpu < 2*time.Microsecond {
		return "no bound"
	}
	return fmt.Sprintf("%.0f", float64(time.Second)/float64(cpu))
}
