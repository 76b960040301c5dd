package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/weftql/weft/internal/ratelimit"
)

// The policy of a user, as it is by default.
const (
	capacity = 20_000
	rate     = 1_000
	second   = time.Second
	window   = capacity / rate * time.Second
)

// arrival is an operation that somebody sends.
type arrival struct {
	at   time.Duration // since the start
	cost int64
}

// phases are what one caller does: somebody reads, opens a page with much on
// it, leaves a script running, and sends all that may pass around the end of a
// fixed window.
var phases = []struct {
	name     string
	from, to time.Duration
}{
	{"reads", 0, 60 * time.Second},
	{"dear pages", 60 * time.Second, 120 * time.Second},
	{"a script", 120 * time.Second, 200 * time.Second},
	{"waits, then two bursts", 200 * time.Second, 300 * time.Second},
}

// trace is the same at every call.
func trace() []arrival {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the trace has to be the same each time
	var all []arrival
	// Poisson arrivals of operations of 50 to some 1,000 points.
	load := func(from, to time.Duration, points float64) {
		const mean = 200.0
		for at := from; ; {
			at += time.Duration(random.ExpFloat64() * mean / points * float64(time.Second))
			if at >= to {
				return
			}
			all = append(all, arrival{at, 50 + int64(math.Min(random.ExpFloat64()*(mean-50), 1_000))})
		}
	}
	burst := func(at time.Duration, points int64) {
		for sent := int64(0); sent < points; sent += 250 {
			all = append(all, arrival{at, 250})
			at += 2 * time.Millisecond
		}
	}
	load(phases[0].from, phases[1].to, 600)
	for at := phases[1].from + 5*time.Second; at < phases[1].to; at += 15 * time.Second {
		burst(at, 8_000)
	}
	load(phases[2].from, phases[2].to, 3_000)
	burst(259_700*time.Millisecond, 20_000) // a fixed window ends at 260 s
	burst(260_200*time.Millisecond, 20_000)
	slices.SortStableFunc(all, func(a, b arrival) int { return int(a.at - b.at) })
	return all
}

// outcome is what one limiter did with the trace.
type outcome struct {
	name        string
	allowed     []arrival
	passed      int64   // points
	lax, strict float64 // parts of the operations that the exact limiter decides otherwise
	remembers   string
}

// decide says whether an operation passes.
type decide func(context.Context, arrival) (bool, error)

func compare(ctx context.Context) ([]outcome, error) {
	all := trace()
	exactly := play(all, &exact{})
	outcomes := make([]outcome, 0, 4)
	for _, algorithm := range []ratelimit.Algorithm{ratelimit.TokenBucket, ratelimit.FixedWindow, ratelimit.SlidingWindow} {
		o := outcome{name: "`" + string(algorithm) + "`", remembers: "3 numbers"}
		l := limited(algorithm)
		for i, a := range all {
			passes, err := l(ctx, a)
			if err != nil {
				return nil, err
			}
			switch {
			case passes && !exactly[i]:
				o.lax++
			case !passes && exactly[i]:
				o.strict++
			}
			o.add(a, passes)
		}
		o.lax /= float64(len(all))
		o.strict /= float64(len(all))
		outcomes = append(outcomes, o)
	}
	o := outcome{name: "exact", remembers: fmt.Sprintf("%d operations", longest(all, exactly))}
	for i, a := range all {
		o.add(a, exactly[i])
	}
	return append(outcomes, o), nil
}

// label is the name in a plot.
func (o *outcome) label() string { return strings.Trim(o.name, "`") }

func (o *outcome) add(a arrival, passes bool) {
	if passes {
		o.allowed = append(o.allowed, a)
		o.passed += a.cost
	}
}

// most is how many points passed in any time of this length.
func (o *outcome) most(length time.Duration) (most int64) {
	sum, from := int64(0), 0
	for _, a := range o.allowed {
		for sum += a.cost; a.at-o.allowed[from].at >= length; from++ {
			sum -= o.allowed[from].cost
		}
		most = max(most, sum)
	}
	return most
}

// within is how many points passed in the window that ends at a time.
func (o *outcome) within(end time.Duration) (sum int64) {
	for _, a := range o.allowed {
		if a.at <= end && a.at > end-window {
			sum += a.cost
		}
	}
	return sum
}

// limited asks the limiter that servers use, in simulated time.
func limited(algorithm ratelimit.Algorithm) decide {
	// Fixed windows begin at whole multiples of their length.
	now := time.Unix(1_800_000_000, 0)
	start := now
	accounts := ratelimit.NewMemory(0).Clocked(func() time.Time { return now })
	policy := ratelimit.Policy{Algorithm: algorithm, Capacity: capacity, Rate: rate}
	id := uint64(0)
	return func(ctx context.Context, a arrival) (bool, error) {
		now = start.Add(a.at)
		id++
		d, err := accounts.Reserve(ctx, ratelimit.Request{Key: "caller", Policy: policy, ID: id, Cost: a.cost, Hold: time.Minute})
		if err != nil || !d.Allowed {
			return false, err
		}
		return true, accounts.Settle(ctx, ratelimit.Settlement{Key: "caller", Policy: policy, ID: id, Cost: a.cost, Local: true})
	}
}

// exact lets no more than the capacity through in any window, for which it has
// to remember each operation of the last one.
type exact struct{ passed []arrival }

func play(all []arrival, e *exact) []bool {
	decisions := make([]bool, len(all))
	for i, a := range all {
		decisions[i] = e.allow(a)
	}
	return decisions
}

func (e *exact) allow(a arrival) bool {
	for len(e.passed) > 0 && a.at-e.passed[0].at >= window {
		e.passed = e.passed[1:]
	}
	sum := a.cost
	for _, p := range e.passed {
		sum += p.cost
	}
	if sum > capacity {
		return false
	}
	e.passed = append(e.passed, a)
	return true
}

// longest is how many operations an exact limiter had to remember at most.
func longest(all []arrival, passed []bool) (most int) {
	var in []time.Duration
	for i, a := range all {
		if !passed[i] {
			continue
		}
		for in = append(in, a.at); a.at-in[0] >= window; in = in[1:] {
		}
		most = max(most, len(in))
	}
	return most
}
