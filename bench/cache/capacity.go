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
	kinds := []struct {
		name          string
		answers, rows int
	}{{"nothing", 0, 0}, {"rows", 0, room}, {"answers", room, 0}}
	servers := make([]*testbed.Server, len(kinds))
	for i, k := range kinds {
		s, err := b.start(ctx, k.answers, k.rows)
		if err != nil {
			return fmt.Errorf("%s kept: %w", k.name, err)
		}
		defer func() { _ = s.Stop() }()
		servers[i] = s
	}
	ask, err := b.questions(ctx, servers[0])
	if err != nil {
		return err
	}
	drawn := chart{title: "Q1 to Q5: microseconds of CPU a request", parts: whose}
	for n := 1; n <= 5; n++ {
		rounds := make([][]testbed.Figures, len(kinds))
		for range b.rounds {
			for i, s := range servers {
				w, err := ask(n, s)
				if err != nil {
					return err
				}
				f, err := b.observe(ctx, w)
				if err != nil {
					return fmt.Errorf("%s, %s kept: %w", w.name, kinds[i].name, err)
				}
				rounds[i] = append(rounds[i], f)
			}
		}
		for i, k := range kinds {
			f := testbed.Median(rounds[i])
			fmt.Fprintf(table, "| Q%d | %s | %d µs | %d µs | %s | %s |\n", n, k.name, f.ServerCPU.Microseconds(), f.DataCPU.Microseconds(),
				perCore(f.ServerCPU), perCore(f.DataCPU))
			drawn.bars = append(drawn.bars, processors(fmt.Sprintf("Q%d, %s kept", n, k.name), "", f))
		}
	}
	b.charts = append(b.charts, drawn)
	return nil
}

// questions finds what the operations are about, and returns what makes the
// requests of one for a server.
func (b *bench) questions(ctx context.Context, s *testbed.Server) (func(n int, s *testbed.Server) (way, error), error) {
	var found struct {
		Data struct {
			Users struct{ Nodes []struct{ ID string } }
		}
	}
	body, err := once(ctx, s, post(s, operation(`{ users(first: 100) { nodes { id } } }`, nil)))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, err
	}
	c, err := newCrowd(ctx, s)
	if err != nil {
		return nil, err
	}
	return func(n int, s *testbed.Server) (way, error) {
		w := way{name: fmt.Sprintf("Q%d", n), server: s}
		text, err := os.ReadFile(fmt.Sprintf("bench/operations/q%d.graphql", n))
		switch {
		case err != nil:
			return w, err
		case n == 1:
			for _, u := range found.Data.Users.Nodes {
				w.requests = append(w.requests, post(s, operation(string(text), map[string]any{"id": u.ID})))
			}
		case n == 5: // on posts that no page of the others shows: their comments are counted
			for i, token := range c.tokens {
				w.requests = append(w.requests, postAs(s, token, "", operation(string(text), map[string]any{"postId": c.posts[len(c.posts)-1-i], "body": "So it is."})))
			}
		default:
			w.requests = append(w.requests, post(s, operation(string(text), nil)))
		}
		return w, nil
	}, nil
}

// perCore is how many requests a core does in a second.
func perCore(cpu time.Duration) string {
	if cpu < 2*time.Microsecond {
		return "no bound"
	}
	return fmt.Sprintf("%.0f", float64(time.Second)/float64(cpu))
}
