package auth

import (
	"fmt"
	"time"
)

// RetryError is the cause of an OVERLOADED or RATE_LIMITED error that ends by
// waiting.
type RetryError struct {
	Reason string
	After  time.Duration
}

// Error returns the reason with the time to wait.
func (e *RetryError) Error() string { return fmt.Sprintf("%s; retry after %v", e.Reason, e.After) }

// RetryAfter is the wait that a Retry-After header should ask for.
func (e *RetryError) RetryAfter() time.Duration { return e.After }
