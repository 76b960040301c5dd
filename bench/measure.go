//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/weftql/weft/internal/testbed"
)

// manyClients is the second number of clients; the first is one.
const manyClients = 32

// measured is one server's medians in one operation.
type measured struct {
	server     *server
	statements int
	one, many  testbed.Figures
}

// result is an operation with a row for each server.
type result struct {
	operation
	rows []measured
}

// measure drives the servers in turn, so that whatever else the machine does
// meets all of them, and takes the median of the rounds.
func measure(ctx context.Context, o options, op operation, servers []*server, db *testbed.Postgres) (result, error) {
	r := result{operation: op}
	one, many := make([][]testbed.Figures, len(servers)), make([][]testbed.Figures, len(servers))
	for round := range o.rounds {
		for i, s := range servers {
			if err := op.session.renew(ctx); err != nil {
				return r, fmt.Errorf("renew session: %w", err)
			}
			requests, err := op.requests(s)
			if err != nil {
				return r, err
			}
			if round == 0 { // warm: plans, caches, the heap's size
				long := o.duration / 4
				if s.peer { // V8 compiles in several steps what is used much
					long = 2 * o.duration
				}
				if _, err := testbed.Drive(ctx, s.Addr, requests, 8, long); err != nil {
					return r, fmt.Errorf("%s: %w", s.name, err)
				}
			}
			f, err := testbed.Observe(ctx, s.Server, db, requests, 1, o.duration)
			if err != nil {
				return r, fmt.Errorf("%s: %w", s.name, err)
			}
			one[i] = append(one[i], f)
			saved := profile(ctx, o, op, s, round)
			f, err = testbed.Observe(ctx, s.Server, db, requests, manyClients, o.duration)
			if err != nil {
				return r, fmt.Errorf("%s: %w", s.name, err)
			}
			many[i] = append(many[i], f)
			if err := <-saved; err != nil {
				return r, err
			}
		}
	}
	for i, s := range servers {
		n, err := statements(ctx, op, s, servers)
		if err != nil {
			return r, err
		}
		r.rows = append(r.rows, measured{server: s, statements: n, one: testbed.Median(one[i]), many: testbed.Median(many[i])})
	}
	return r, nil
}

// statements counts those of one request.
func statements(ctx context.Context, op operation, s *server, servers []*server) (int, error) {
	if s.fewest {
		return 1, nil
	}
	if s.hand { // they were compared with the first server's
		s = servers[0]
	}
	c, err := testbed.Dial(ctx, s.Addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	of := explain
	if s.peer {
		of = recorded
	}
	sql, err := of(ctx, c, s, op)
	return len(sql), err
}

// profile saves a CPU profile of Weft, on request, while it is driven in the
// first round. The channel gives the outcome.
func profile(ctx context.Context, o options, op operation, s *server, round int) <-chan error {
	done := make(chan error, 1)
	if o.profiles == "" || s.hand || s.peer || s.hashed || s.budgets || s.rows || round > 0 {
		done <- nil
		return done
	}
	go func() {
		done <- func() error {
			if err := os.MkdirAll(o.profiles, 0o755); err != nil {
				return fmt.Errorf("make directory for profiles: %w", err)
			}
			seconds := max(1, int(o.duration.Seconds()))
			r, err := http.NewRequestWithContext(ctx, http.MethodGet,
				fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", s.Private, seconds), nil)
			if err != nil {
				return fmt.Errorf("ask for profile: %w", err)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				return fmt.Errorf("ask for profile: %w", err)
			}
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			if err != nil {
				return fmt.Errorf("read profile: %w", err)
			}
			return os.WriteFile(filepath.Join(o.profiles, op.name+"-"+s.short()+".pprof"), text, 0o644)
		}()
	}()
	return done
}

// short names a server in a file's name.
func (s *server) short() string {
	if len(s.env) == 0 {
		return "handwritten"
	}
	return s.env[0][len("WEFT_EXECUTOR="):]
}
