package ratelimit

import (
	"math"
	"time"
)

// micro converts points into the unit of accounts, millionths of a point. A
// rate in points a second is then the same number of units a microsecond, so
// whole numbers are enough.
const micro = 1_000_000

const (
	// grace is how long after its hold has ended a reservation can still be
	// settled.
	grace = 10 * time.Minute
	// maxHolds bounds the reservations that one account remembers. The oldest is
	// forgotten first, and its reserved cost then stays charged.
	maxHolds = 256
)

// account is the state of one key. The Redis script does the same arithmetic; a
// test checks that both agree.
type account struct {
	// level is what is left in a token bucket, or what was used in the current
	// window, in units. A bucket may be below zero by the excess of one operation
	// that cost more than was reserved for it.
	level  int64
	before int64 // used in the window before the current one
	at     int64 // microseconds: time of level, or start of the current window
	known  bool
	holds  []hold
}

// hold is a reservation that is not settled yet. Once its time is over it costs
// nothing, and is only kept for a late settlement.
type hold struct {
	id     uint64
	cost   int64 // units
	until  int64 // microseconds
	window int64 // start of the window in which it was made; windows only
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

// move accounts for the time that has passed.
func (a *account) move(p Policy, now int64) {
	if p.bucket() {
		limit := p.Capacity * micro
		// An idle window fills the bucket from zero. A bucket that one operation took
		// below zero may need a second window.
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

// credit gives back units of a reservation; negative units are charged.
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

// weighted is how much of the previous window's use still counts.
func (a *account) weighted(p Policy, now int64) int64 {
	rest := float64(p.window()-(now-a.at)) / float64(p.window())
	return int64(math.Floor(float64(a.before) * rest))
}

// reserve takes points if there are enough.
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

// settle ends a reservation with what it really cost. It does nothing if the
// reservation is unknown or already settled.
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
		// Whole points, rounded down, also below zero.
		Remaining:  floorDiv(a.left(p, now), micro),
		ResetAfter: a.reset(p, now),
	}
}

// wait is how long it takes until that many units can be spent, if nothing else
// happens.
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

// fade is how far into a window the used units of the previous window have
// faded so much that they leave free units, in microseconds.
func fade(window, free, used int64) int64 {
	if used <= free {
		return 0
	}
	return int64(math.Ceil(float64(window)*(1-float64(free)/float64(used)))) + 1
}

// reset is how long it takes until the account is full, if nothing else
// happens.
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

// idle reports whether the account is like one that was never used.
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
