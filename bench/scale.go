//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

// grown is one of the two databases that are compared: as large as asked for,
// and so many times larger.
type grown struct {
	size       size
	address    string
	server     *server
	operations []operation
	figures    map[string][]testbed.Figures // by operation, of each round
	answers    map[string]int               // by operation, the bytes of one: both sizes ask for as much work
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
	both := [2]*grown{{size: small}, {size: large}}
	defer func() {
		for _, g := range both {
			if g.server != nil {
				err = errors.Join(err, g.server.Stop())
			}
		}
	}()
	for _, g := range both {
		start := time.Now()
		if g.address, err = makeDatabase(ctx, db.URL, fmt.Sprintf("posts_%d", g.size.posts)); err != nil {
			return err
		}
		if err := load(ctx, o.binary, g.address, g.size); err != nil {
			return err
		}
		say("loaded %d users, %d posts, %d comments in %.0f s", g.size.users, g.size.posts, g.size.comments, time.Since(start).Seconds())
	}
	// A server that runs keeps the log of a load until it has read it.
	for _, g := range both {
		if g.server, err = startSized(ctx, o, g.address, dir, g.size); err != nil {
			return err
		}
		all, err := prepare(ctx, g.server)
		if err != nil {
			return err
		}
		g.operations = choose(all, o.only)
		g.figures, g.answers = map[string][]testbed.Figures{}, map[string]int{}
	}
	turns := slices.Clone(both[:])
	for i := range both[0].operations {
		say("measuring %s", both[0].operations[i].name)
		for round := range o.rounds + 1 { // the first warms
			slices.Reverse(turns)
			for _, g := range turns {
				op := g.operations[i]
				if err := op.session.renew(ctx); err != nil {
					return fmt.Errorf("renew session: %w", err)
				}
				requests, err := op.requests(g.server)
				if err != nil {
					return err
				}
				f, err := testbed.Observe(ctx, g.server.Server, db, requests, 1, o.duration)
				if err != nil {
					return fmt.Errorf("%s with %d posts: %w", op.name, g.size.posts, err)
				}
				if round > 0 {
					g.figures[op.name] = append(g.figures[op.name], f)
					continue
				}
				answer, err := g.server.ask(ctx, requests[0])
				if err != nil {
					return fmt.Errorf("%s with %d posts: %w", op.name, g.size.posts, err)
				}
				g.answers[op.name] = len(answer)
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

// scaleTable has the medians of each size, and of how many times the smaller
// one's processor time the larger one took in the same round, with the bounds of
// the middle half of the rounds: what changes on the machine meets both sizes of
// a round.
func scaleTable(both [2]*grown, version string) string {
	var b strings.Builder
	few, many := both[0], both[1]
	fmt.Fprintf(&b, "CPU of server and PostgreSQL %s for a request of one client, in microseconds, and the bytes of an answer:\n\n", version)
	fmt.Fprintf(&b, "| | %[1]d posts | %[2]d posts | times | half of the rounds | %[1]d posts | %[2]d posts |\n|---|--:|--:|--:|--:|--:|--:|\n",
		few.size.posts, many.size.posts)
	for _, op := range few.operations {
		fewRounds, manyRounds := few.figures[op.name], many.figures[op.name]
		times := make([]float64, len(fewRounds))
		for i := range times {
			times[i] = float64(manyRounds[i].TotalCPU()) / float64(fewRounds[i].TotalCPU())
		}
		slices.Sort(times)
		n := len(times)
		fmt.Fprintf(&b, "| %s: %s | %d | %d | %.2f | %.2f to %.2f | %d B | %d B |\n", op.name, op.about,
			testbed.Median(fewRounds).TotalCPU().Microseconds(), testbed.Median(manyRounds).TotalCPU().Microseconds(),
			times[n/2], times[n/4], times[n-1-n/4], few.answers[op.name], many.answers[op.name])
	}
	return b.String()
}
