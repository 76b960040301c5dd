//go:build linux

package main

import (
	"context"
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
	program string // to run
	args    []string
	ready   string // path that answers when it serves
	env     []string
}

// kinds are the servers, the one that shows statements first. Weft's answers
// tell no costs, so that all have the same bytes.
func kinds(weft, handwritten string) []kind {
	return []kind{
		{name: "Weft", program: weft, ready: "/readyz", env: []string{"WEFT_EXECUTOR=breadth-first", "WEFT_COST_MODE=off"}},
		{name: "hand-written", program: handwritten, ready: "/statements", hand: true},
		{name: "hand-written, one statement", program: handwritten, ready: "/statements", hand: true, fewest: true, env: []string{"FEWEST=1"}},
		{name: "Weft on gqlgen's executor", program: weft, ready: "/readyz", env: []string{"WEFT_EXECUTOR=gqlgen", "WEFT_COST_MODE=off"}},
	}
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
