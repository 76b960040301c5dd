package ratelimit

import (
	"math"
	"time"
)

// micro is the unit of accounts: millionths of a point, so that a rate in
// points a second is one in units a microsecond, and whole numbers do.
const micro = 1_000_000

const (
	// grace is how long after its time a reservation can still be settled.
	grace = 10 * time.Minute
	// maxHolds bounds the reservations that one account remembers: the oldest
	// goes first, and then counts as it was reserved.
	maxHolds = 256
)

// account is the state of one key. The Redis script does the same arithmetic;
// a test holds the two together.
type account struct {
	// level is what is left of a token bucket, or what was used in the current
	// window, in units. It may be below zero by one operation that cost more
	// than it was reserved for.
	level  int64
	before int64 // used in the window before the current
	at     int64 // microseconds of level, or at which the current window began
	known  bool
	holds  []hold
}

// hold is a reservation that was not settled yet. Once its time is over it
// costs nothing, and only waits for a late settlement.
type hold struct {
	id     uint64
	cost   int64 // units
	until  int64 // microseconds
	window int64 // in which it was made; windows only
}

// advance brings the account to now.
func (a *account) advance(p Policy, now int64) {
	if !a.known {
		*a = account{known: true, at: now}
		if p.bucket() {
			a.level = p.Capacity * micro
		} else {
			a.at = now - now%p.window()
		}
	}
	a.move(p, now)
	kept := a.holds[:0]
	for _, h := range a.holds {
		if h.until <= now {
			a.credit(p, h, h.cost)
			h.cost = 0
		}
		if h.until+grace.Microseconds() > now {
			kept = append(kept, h)
		}
	}
	a.holds = kept
}

// move lets the time pass.
func (a *account) move(p Policy, now int64) {
	if p.bucket() {
		limit := p.Capacity * micro
		// More than a whole window fills the bucket from zero; one operation
		// below zero may need a second.
		elapsed := min(max(now-a.at, 0), 2*p.window()+1)
		a.level = min(limit, a.level+elapsed*p.Rate)
		a.at = max(now, a.at)
		return
	}
	switch start := now - now%p.window(); {
	case start <= a.at:
	case start-a.at == p.window():
		a.before, a.level, a.at = a.level, 0, start
	default:
		a.before, a.level, a.at = 0, 0, start
	}
}

// credit puts units of a reservation back; negative ones are taken.
func (a *account) credit(p Policy, h hold, units int64) {
	switch {
	case p.bucket():
		a.level = min(p.Capacity*micro, a.level+units)
	case h.window == a.at:
		a.level = max(0, a.level-units)
	case h.window == a.at-p.window():
		a.before = max(0, a.before-units)
	}
}

// left is what may be spent now, in units.
func (a *account) left(p Policy, now int64) int64 {
	limit := p.Capacity * micro
	switch p.Algorithm {
	case FixedWindow:
		return limit - a.level
	case SlidingWindow:
		return limit - a.level - a.weighted(p, now)
	}
	return a.level
}

// weighted is the part of the window before that still counts.
func (a *account) weighted(p Policy, now int64) int64 {
	rest := float64(p.window()-(now-a.at)) / float64(p.window())
	return int64(math.Floor(float64(a.before) * rest))
}

// reserve takes points, if there are so many.
func (a *account) reserve(p Policy, now int64, r Request) Decision {
	a.advance(p, now)
	cost := r.Cost * micro
	if need := cost + r.Leave*micro; cost > 0 && need > a.left(p, now) {
		d := a.decision(p, now)
		d.RetryAfter = a.wait(p, now, need)
		return d
	}
	if cost > 0 {
		a.spend(p, cost)
		if len(a.holds) >= maxHolds {
			a.holds = append(a.holds[:0], a.holds[1:]...)
		}
		a.holds = append(a.holds, hold{r.ID, cost, now + r.Hold.Microseconds(), a.at})
	}
	d := a.decision(p, now)
	d.Allowed = true
	return d
}

func (a *account) spend(p Policy, units int64) {
	if p.bucket() {
		a.level -= units
	} else {
		a.level += units
	}
}

// settle ends a reservation at what it really cost. An unknown one, and one
// that was settled before, change nothing.
func (a *account) settle(p Policy, now int64, s Settlement) {
	a.advance(p, now)
	for i, h := range a.holds {
		if h.id == s.ID {
			a.credit(p, h, h.cost-s.Cost*micro)
			a.holds = append(a.holds[:i], a.holds[i+1:]...)
			return
		}
	}
}

// decision describes the account.
func (a *account) decision(p Policy, now int64) Decision {
	return Decision{
		// Whole points, downwards below zero too.
		Remaining:  floorDiv(a.left(p, now), micro),
		ResetAfter: a.reset(p, now),
	}
}

// wait is how long it takes until units can be spent if nothing else happens.
func (a *account) wait(p Policy, now, units int64) time.Duration {
	limit, window := p.Capacity*micro, p.window()
	switch p.Algorithm {
	case FixedWindow:
		return microseconds(a.at + window - now)
	case SlidingWindow:
		if units > limit {
			break
		}
		if free := limit - a.level - units; free >= 0 && a.before > 0 {
			return microseconds(a.at + fade(window, free, a.before) - now)
		}
		return microseconds(a.at + window + fade(window, limit-units, a.level) - now)
	}
	return microseconds(ceilDiv(units-a.level, p.Rate))
}

// fade is how far into a window so much of the used units of the window before
// still counts that free are left, in microseconds.
func fade(window, free, used int64) int64 {
	if used <= free {
		return 0
	}
	return int64(math.Ceil(float64(window)*(1-float64(free)/float64(used)))) + 1
}

// reset is how long it takes until all can be spent if nothing else happens.
func (a *account) reset(p Policy, now int64) time.Duration {
	end := a.at + p.window() - now
	switch {
	case p.bucket():
		return microseconds(ceilDiv(p.Capacity*micro-a.level, p.Rate))
	case a.level > 0 && p.Algorithm == SlidingWindow:
		return microseconds(end + p.window())
	case a.level > 0 || a.before > 0 && p.Algorithm == SlidingWindow:
		return microseconds(end)
	}
	return 0
}

// idle reports whether the account is as one that nobody used yet.
func (a *account) idle(p Policy, now int64) bool {
	a.advance(p, now)
	return len(a.holds) == 0 && a.left(p, now) >= p.Capacity*micro
}

func (p Policy) bucket() bool { return p.Algorithm == "" || p.Algorithm == TokenBucket }

func microseconds(n int64) time.Duration { return time.Duration(max(n, 0)) * time.Microsecond }

func ceilDiv(a, b int64) int64 { return -floorDiv(-a, b) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
