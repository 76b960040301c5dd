//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What another caller may have to wait while a stranger sends the dearest
// requests from many connections: a second, or on a slow machine so many times
// what the caller waits when nobody else is there.
const (
	connections = 32
	maxWait     = time.Second
	maxTimes    = 50
	minServed   = 0.9 // share of the other caller's requests that succeed
)

// crowd is what others saw while a stranger sent one request from many
// connections.
type crowd struct {
	name         string
	sent, served int64
	others       []time.Duration // those that were answered
	failed       int
	idle         time.Duration // p99 when nobody else is there
}

// crowd sends a request from all connections for a while, and asks for
// something small from another address meanwhile.
func (t *target) crowd(ctx context.Context, r request, duration time.Duration) (crowd, error) {
	small := request{query: `{ posts(first: 5) { nodes { title author { name } } } }`, from: other}
	c := crowd{name: fmt.Sprintf("%d × %s", connections, r.name)}
	idle, _ := t.ask(ctx, small, 50, duration)
	c.idle = quantile(idle, 0.99)
	c.press(ctx, t, r, connections, func(ctx context.Context) {
		c.others, c.failed = t.ask(ctx, small, 1<<20, duration)
	})
	_, err := t.still(ctx)
	return c, err
}

// signIns keeps signing up with a name that is taken, from more connections,
// while somebody else signs in from another address.
func (t *target) signIns(ctx context.Context, duration time.Duration) (crowd, error) {
	if _, err := t.signUp(ctx, "signing-in"); err != nil {
		return crowd{}, err
	}
	signIn := request{
		from: other, query: `mutation ($i: SignInInput!) { signIn(input: $i) { accessToken } }`,
		variables: map[string]any{"i": map[string]any{"login": "signing-in", "password": password}},
	}
	signUp := request{
		query:     `mutation ($i: SignUpInput!) { signUp(input: $i) { accessToken } }`,
		variables: map[string]any{"i": map[string]any{"username": "signing-in", "email": "x@example.org", "password": password}},
	}
	c := crowd{name: "64 × signUp with a taken name, others sign in"}
	idle, _ := t.ask(ctx, signIn, 5, duration)
	c.idle = quantile(idle, 0.99)
	c.press(ctx, t, signUp, 64, func(ctx context.Context) {
		c.others, c.failed = t.ask(ctx, signIn, 50, 2*duration)
	})
	_, err := t.still(ctx)
	return c, err
}

// press sends r from connections until others returns.
func (c *crowd) press(ctx context.Context, t *target, r request, connections int, others func(context.Context)) {
	pressing, stop := context.WithCancel(ctx)
	var sent, served atomic.Int64
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for pressing.Err() == nil {
				sent.Add(1)
				a, err := t.send(pressing, r)
				if err == nil && a.data() {
					served.Add(1)
				}
				if err != nil { // refused or cut: a stranger would try again
					pause(pressing, time.Millisecond)
				}
			}
		})
	}
	pause(ctx, 200*time.Millisecond) // until the crowd is there
	others(ctx)
	stop()
	all.Wait()
	c.sent, c.served = sent.Load(), served.Load()
}

// ask sends a request again and again, one at a time with a pause between, at
// most n times and not for longer than duration.
func (t *target) ask(ctx context.Context, r request, n int, duration time.Duration) (took []time.Duration, failed int) {
	for end := time.Now().Add(duration); n > 0 && time.Now().Before(end) && ctx.Err() == nil; n-- {
		a, err := t.send(ctx, r)
		if err != nil || !a.data() {
			failed++
		} else {
			took = append(took, a.took)
		}
		pause(ctx, 5*time.Millisecond)
	}
	slices.Sort(took)
	return took, failed
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// quantile of sorted durations, 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))]
}

func (c crowd) faults() []string {
	var faults []string
	total := len(c.others) + c.failed
	if float64(len(c.others)) < minServed*float64(total) || len(c.others) == 0 {
		faults = append(faults, fmt.Sprintf("%s: %d of %d requests of others failed", c.name, c.failed, total))
	}
	if p99, limit := quantile(c.others, 0.99), max(maxWait, maxTimes*c.idle); p99 > limit {
		faults = append(faults, fmt.Sprintf("%s: others waited %v at p99, at most %v are allowed", c.name, p99, limit))
	}
	return faults
}

func (c crowd) row() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f | %.1f | %.1f |", c.name, c.sent, c.served,
		len(c.others)+c.failed, c.failed, ms(quantile(c.others, 0.5)), ms(quantile(c.others, 0.99)), ms(c.idle))
}
