// Package ratelimit says whether a caller may spend points now and, if not,
// when. It keeps one account for each key: in the process, or in Redis for
// several instances.
//
// A reservation takes the estimated cost of an operation before it runs, and
// its settlement gives back what was not used. The package knows neither
// GraphQL nor who the callers are. README.md has a worked example.
package ratelimit

import (
	"fmt"
	"time"
)

// Algorithm is how an account refills.
type Algorithm string

// The algorithms. All keep to the same two numbers: Capacity points at once,
// and Rate points a second in the long run.
const (
	// TokenBucket refills continuously: a caller that waits for the points it
	// needs gets them. The default.
	TokenBucket Algorithm = "token-bucket"
	// FixedWindow gives Capacity points in each window of Capacity/Rate
	// seconds. Around the end of a window up to twice as much may pass.
	FixedWindow Algorithm = "fixed-window"
	// SlidingWindow counts the previous window in part, by how much of it lies in
	// the last Capacity/Rate seconds.
	SlidingWindow Algorithm = "sliding-window"
)

// MaxCapacity bounds the points of a policy, so that the arithmetic stays exact
// in Redis, whose numbers have 53 bits.
const MaxCapacity = 1_000_000_000

// Policy is how much a caller may spend.
type Policy struct {
	Algorithm Algorithm // TokenBucket if empty
	Capacity  int64     // points at once
	Rate      int64     // points that come back in a second
}

// Validate returns an error that names what is wrong with the policy.
func (p Policy) Validate() error {
	switch p.Algorithm {
	case "", TokenBucket, FixedWindow, SlidingWindow:
	default:
		return fmt.Errorf("algorithm: want %s, %s or %s, not %q", TokenBucket, FixedWindow, SlidingWindow, p.Algorithm)
	}
	switch {
	case p.Capacity < 1 || p.Capacity > MaxCapacity:
		return fmt.Errorf("capacity: want 1 to %d points, not %d", MaxCapacity, p.Capacity)
	case p.Rate < 1 || p.Rate > p.Capacity:
		return fmt.Errorf("rate: want 1 point a second to the capacity of %d, not %d", p.Capacity, p.Rate)
	}
	return nil
}

// Share is the policy for one of n instances that cannot see what the others
// allow.
func (p Policy) Share(n int) Policy {
	if n > 1 {
		p.Capacity = max(p.Capacity/int64(n), 1)
		p.Rate = min(max(p.Rate/int64(n), 1), p.Capacity)
	}
	return p
}

// Window is the time in which the whole capacity comes back.
func (p Policy) Window() time.Duration {
	return time.Duration(p.window()) * time.Microsecond
}

// window is Window in microseconds.
func (p Policy) window() int64 { return p.Capacity * 1_000_000 / p.Rate }
