//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/weftql/weft/internal/testbed"
)

// connections is the size of each server's pool.
const connections = 8

// kind is a server to measure.
type kind struct {
	name    string
	hand    bool   // a hand-written one, which is asked by paths
	fewest  bool   // of those, the one that has as few statements as can be; for mutations
	peer    bool   // another GraphQL server
	hashed  bool   // asked by the hash of a persisted document instead of its text
	budgets bool   // tells in its answers what they cost
	rows    bool   // keeps rows
	program string // to run
	args    []string
	ready   string // path that answers when it serves
	env     []string
}

// policy gives budgets that no run can use up.
const policy = "roles:\n  anonymous: {capacity: 1000000000, rate: 1000000000}\n  user: {capacity: 1000000000, rate: 1000000000}\n"

// kinds are the servers, the one that shows statements first. Weft's answers
// tell no costs but where budgets are measured, so that all have the same bytes.
// Against is another build of Weft, or "".
func kinds(weft, against, handwritten, dir string) ([]kind, error) {
	path := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(path, []byte(policy), 0o644); err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	hashed, budgets, rows := breadthFirst(weft), breadthFirst(weft), breadthFirst(weft)
	rows.name, rows.rows = "Weft with a row cache", true
	rows.env = append(rows.env, "WEFT_ROW_CACHE=67108864")
	hashed.name, hashed.hashed = "Weft, by the hash of a persisted document", true
	budgets.name, budgets.budgets = "Weft with budgets", true
	budgets.env = []string{"WEFT_EXECUTOR=breadth-first", "WEFT_COST_MODE=enforce", "WEFT_COST_POLICY=" + path}
	all := []kind{
		breadthFirst(weft),
		{name: "hand-written", program: handwritten, ready: "/statements", hand: true},
		{name: "hand-written, one statement", program: handwritten, ready: "/statements", hand: true, fewest: true, env: []string{"FEWEST=1"}},
		hashed, budgets, rows,
		{name: "Weft on gqlgen's executor", program: weft, ready: "/readyz", env: []string{"WEFT_EXECUTOR=gqlgen", "WEFT_COST_MODE=off"}},
	}
	if against != "" {
		other := breadthFirst(against)
		other.name = "the other build of Weft"
		all = []kind{all[0], all[1], all[2], other}
	}
	return all, nil
}

func breadthFirst(weft string) kind {
	return kind{name: "Weft", program: weft, ready: "/readyz", env: []string{"WEFT_EXECUTOR=breadth-first", "WEFT_COST_MODE=off"}}
}

// server is a running kind.
type server struct {
	kind
	*testbed.Server
}

// start runs a server with the defaults of its kind. Its log goes to a file in
// dir, as a service's would; no .env is there.
func start(ctx context.Context, k kind, database, dir string) (*server, error) {
	running, err := testbed.Start(ctx, testbed.Command{
		Name: k.name, Program: k.program, Args: k.args, Dir: dir, Ready: k.ready,
		Env: append([]string{"WEFT_DATABASE_URL=" + database, "WEFT_DATABASE_MAX_CONNS=" + strconv.Itoa(connections)}, k.env...),
	})
	if err != nil {
		return nil, err
	}
	return &server{k, running}, nil
}
