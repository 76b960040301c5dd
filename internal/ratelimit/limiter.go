package ratelimit

import (
	"context"
	"math/rand/v2"
	"time"
)

// Limiter keeps the accounts. Its methods are safe for concurrent use.
type Limiter interface {
	// Reserve takes points from the account of a key, or says when there will
	// be enough. With Cost 0 it only reads the account. An error means that it
	// is not known whether the points were taken.
	Reserve(context.Context, Request) (Decision, error)
	// Settle ends a reservation with what it really cost. A reservation can be
	// settled once, up to ten minutes after its hold has ended: a second or later
	// settlement changes nothing.
	Settle(context.Context, Settlement) error
}

// Request is what a caller wants to spend.
type Request struct {
	Key    string
	Policy Policy // always the same for a key, or its account starts anew
	ID     uint64 // of the reservation: see NewID
	Cost   int64  // points, at most MaxCapacity

	// Leave is how many points must be left afterwards. It is for callers who may
	// use only a part of the account.
	Leave int64

	// Hold is how long the reservation stands. If it is not settled by then, its
	// points come back: the process that made it has died.
	Hold time.Duration
}

// Settlement is what a reservation really cost.
type Settlement struct {
	Key    string
	Policy Policy
	ID     uint64
	Cost   int64 // points
	Local  bool  // as in the Decision
}

// Decision is the answer to a request.
type Decision struct {
	Allowed bool

	// Remaining is how many points are left. It is below zero if an operation cost
	// more than was reserved for it.
	Remaining int64

	// RetryAfter is how long to wait until the request is allowed if nobody
	// else spends from the account; 0 if it is allowed.
	RetryAfter time.Duration

	// ResetAfter is how long it takes until the account is full again.
	ResetAfter time.Duration

	// Local reports whether the account is kept in this process. The Settlement
	// must say so too.
	Local bool
}

// NewID returns a random id for a reservation. Open reservations of one account
// must have different ids, and random ids do.
func NewID() uint64 {
	// Redis's scripts too can represent whole numbers of 53 bits.
	return rand.Uint64() >> 11
}
