//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/weftql/weft/internal/testbed"
)

// invented is what a mutation makes up anew each time.
var invented = regexp.MustCompile(`(comment|post)_[0-9a-z]{26}|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

// compare asks every server the same, and fails unless the answers agree, byte
// for byte but for those of peers, and the others run the statements that Weft
// runs, but for peers in mutations. A peer may run one more than once, as its number of statements shows.
func compare(ctx context.Context, op operation, servers []*server) error {
	clients := make([]*testbed.Client, len(servers))
	for i, s := range servers {
		c, err := testbed.Dial(ctx, s.Addr)
		if err != nil {
			return err
		}
		defer c.Close()
		clients[i] = c
	}
	first := op
	first.registers = true
	for i, s := range servers {
		if !s.hashed {
			continue
		}
		request, err := first.request(s, op.variants[0])
		if err != nil {
			return err
		}
		if _, err := clients[i].Do(request); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for _, v := range op.variants {
		var want []byte
		for i, s := range servers {
			request, err := op.request(s, v)
			if err != nil {
				return err
			}
			got, err := clients[i].Do(request)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if s.budgets {
				data, _, told := bytes.Cut(got, []byte(`,"extensions":{"cost":`))
				if !told {
					return fmt.Errorf("%s tells no cost: %.500s", s.name, got)
				}
				got = append(bytes.Clone(data), '}')
			}
			if op.viewer != "" {
				got = invented.ReplaceAll(got, []byte("…"))
			}
			switch {
			case bytes.Contains(got, []byte(`"errors"`)):
				return fmt.Errorf("%s answers with errors: %.500s", s.name, got)
			case i == 0:
				want = bytes.Clone(got)
			case !bytes.Equal(got, want) && (!s.peer || !equal(got, want)):
				return fmt.Errorf("%s and %s answer differently:\n%s", servers[0].name, s.name, difference(want, got))
			}
		}
	}
	run, err := explain(ctx, clients[0], servers[0], op)
	if err != nil {
		return err
	}
	// Statements of one level end in any order.
	want := slices.Sorted(slices.Values(run))
	for i, s := range servers {
		var got []string
		switch {
		case s.fewest, s.peer && op.viewer != "": // they have statements of their own
			continue
		case s.hand:
			got, err = declared(ctx, s, op)
		case s.peer:
			got, err = recorded(ctx, clients[i], s, op)
		default:
			continue
		}
		if err != nil {
			return err
		}
		slices.Sort(got)
		if s.peer {
			got = slices.Compact(got)
		}
		if !slices.Equal(want, got) {
			return fmt.Errorf("the statements differ; Weft runs\n%s\n\n%s\n%s", strings.Join(want, "\n"), s.name, strings.Join(got, "\n"))
		}
	}
	return nil
}

// equal tells whether two answers are the same value.
func equal(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// difference shows where two answers part.
func difference(a, b []byte) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(0, at-80)
	return fmt.Sprintf("%s\n%s", a[from:min(len(a), at+80)], b[from:min(len(b), at+80)])
}

// explain returns the statements of an operation.
func explain(_ context.Context, c *testbed.Client, s *server, op operation) ([]string, error) {
	request, err := op.request(s, op.variants[0], "GraphQL-Explain: 1")
	if err != nil {
		return nil, err
	}
	body, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Extensions struct {
			Explain struct{ Statements []struct{ SQL string } }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("read explanation: %w", err)
	}
	var sql []string
	for _, statement := range answer.Extensions.Explain.Statements {
		sql = append(sql, statement.SQL)
	}
	return sql, nil
}

// declared returns what the hand-written server says that it runs.
func declared(ctx context.Context, s *server, op operation) ([]string, error) {
	var byOperation map[string][]string
	err := s.statements(ctx, &byOperation)
	return byOperation[op.name], err
}

// recorded returns what a peer runs for an operation.
func recorded(ctx context.Context, c *testbed.Client, s *server, op operation) (sql []string, err error) {
	if err := s.statements(ctx, &sql); err != nil { // forget what ran before
		return nil, err
	}
	request, err := op.request(s, op.variants[0])
	if err != nil {
		return nil, err
	}
	if _, err := c.Do(request); err != nil {
		return nil, err
	}
	sql = nil
	err = s.statements(ctx, &sql)
	return sql, err
}

// statements asks a server for its statements.
func (s *server) statements(ctx context.Context, v any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr+"/statements", nil)
	if err != nil {
		return fmt.Errorf("ask for statements: %w", err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask for statements: %w", err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(v); err != nil {
		return fmt.Errorf("read statements: %w", err)
	}
	return nil
}
