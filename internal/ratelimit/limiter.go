package ratelimit

import (
	"context"
	"math/rand/v2"
	"time"
)

// Limiter keeps the accounts. Its methods are safe for concurrent use.
type Limiter interface {
	// Reserve takes points from the account of a key, or says when there will
	// be enough. With Cost 0 it only looks. An error means that nobody knows.
	Reserve(context.Context, Request) (Decision, error)
	// Settle ends a reservation at what it really cost. A reservation can be
	// settled once, up to ten minutes after its time: what comes again or
	// later changes nothing.
	Settle(context.Context, Settlement) error
}

// Request is what somebody wants to spend.
type Request struct {
	Key    string
	Policy Policy // the same for a key at any time, or its account begins anew
	ID     uint64 // of the reservation: see NewID
	Cost   int64  // points, at most MaxCapacity

	// Leave is how many points have to be left afterwards: for those who may
	// use a part of the account only.
	Leave int64

	// Hold is how long the reservation stands. If it is not settled by then,
	// its points are put back: whoever made it has died.
	Hold time.Duration
}

// Settlement is what a reservation really cost.
type Settlement struct {
	Key    string
	Policy Policy
	ID     uint64
	Cost   int64 // points
	Local  bool  // that of the Decision
}

// Decision is the answer to a request.
type Decision struct {
	Allowed bool

	// Remaining is how many points are left; below zero if an operation cost
	// more than it was reserved for.
	Remaining int64

	// RetryAfter is how long to wait until the request is allowed if nobody
	// else spends from the account; 0 if it is allowed.
	RetryAfter time.Duration

	// ResetAfter is how long it takes until the account is full again.
	ResetAfter time.Duration

	// Local tells that the account is kept in this process. Whoever settles
	// says so too.
	Local bool
}

// NewID returns an id for a reservation. Ids of one account must not be equal
// at the same time; random ones are not.
func NewID() uint64 {
	// 53 bits are whole numbers in Redis's scripts too.
	return rand.Uint64() >> 11
}
