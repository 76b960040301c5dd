//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

// grown is one of the two databases that are compared: as large as asked for,
// and so many times larger.
type grown struct {
	size       size
	server     *server
	operations []operation
	figures    map[string][]testbed.Figures // by operation
}

// scale measures Weft with the data of the other benchmarks and with o.scale
// times as many, in turns on one PostgreSQL, and prints how many times the
// processor time each operation takes.
func scale(ctx context.Context, o options, dir string, say func(string, ...any), stdout io.Writer) (err error) {
	say("starting PostgreSQL")
	db, err := testbed.StartPostgres(ctx, filepath.Join(dir, "postgres"))
	if err != nil {
		return err
	}
	defer db.Stop()
	small := o.size
	large := size{o.size.users * o.scale, o.size.posts * o.scale, o.size.comments * o.scale}
	var both [2]*grown
	defer func() {
		for _, g := range both {
			if g != nil && g.server != nil {
				err = errors.Join(err, g.server.Stop())
			}
		}
	}()
	for i, n := range []size{small, large} {
		start := time.Now()
		g := &grown{size: n, figures: map[string][]testbed.Figures{}}
		both[i] = g
		address, err := makeDatabase(ctx, db.URL, fmt.Sprintf("posts_%d", n.posts))
		if err != nil {
			return err
		}
		if err := load(ctx, o.binary, address, n); err != nil {
			return err
		}
		say("loaded %d users, %d posts, %d comments in %.0f s", n.users, n.posts, n.comments, time.Since(start).Seconds())
		if g.server, err = startSized(ctx, o, address, dir, n); err != nil {
			return err
		}
		all, err := prepare(ctx, g.server)
		if err != nil {
			return err
		}
		g.operations = choose(all, o.only)
	}
	for i := range both[0].operations {
		say("measuring %s", both[0].operations[i].name)
		for round := range o.rounds + 1 { // the first warms
			for _, g := range both {
				op := g.operations[i]
				if err := op.session.renew(ctx); err != nil {
					return fmt.Errorf("renew session: %w", err)
				}
				var requests [][]byte
				for _, v := range op.variants {
					request, err := op.request(g.server, v)
					if err != nil {
						return err
					}
					requests = append(requests, request)
				}
				f, err := testbed.Observe(ctx, g.server.Server, db, requests, 1, o.duration)
				if err != nil {
					return fmt.Errorf("%s with %d posts: %w", op.name, g.size.posts, err)
				}
				if round > 0 {
					g.figures[op.name] = append(g.figures[op.name], f)
				}
			}
		}
	}
	_, err = io.WriteString(stdout, scaleTable(both, db.Version))
	return err
}

func startSized(ctx context.Context, o options, address, dir string, n size) (*server, error) {
	k := breadthFirst(o.binary)
	k.name = fmt.Sprintf("%s-%d", k.name, n.posts)
	return start(ctx, k, address, dir)
}

// makeDatabase makes a database beside the one at address, and returns its
// address.
func makeDatabase(ctx context.Context, address, name string) (string, error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return "", fmt.Errorf("make database: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read address: %w", err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

func scaleTable(both [2]*grown, version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CPU of server and PostgreSQL %s for a request of one client, in microseconds:\n\n", version)
	fmt.Fprintf(&b, "| | %d posts | %d posts | times |\n|---|---|---|---|\n", both[0].size.posts, both[1].size.posts)
	for _, op := range both[0].operations {
		few, many := testbed.Median(both[0].figures[op.name]).TotalCPU(), testbed.Median(both[1].figures[op.name]).TotalCPU()
		fmt.Fprintf(&b, "| %s: %s | %d | %d | %.2f |\n", op.name, op.about, few.Microseconds(), many.Microseconds(), float64(many)/float64(few))
	}
	return b.String()
}
