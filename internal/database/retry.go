package database

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

const (
	// maxAttempts bounds how often a transaction runs.
	maxAttempts = 5
	// firstPause is at most how long the second attempt waits; each later one
	// waits up to four times as long as the one before it.
	firstPause = 5 * time.Millisecond
)

type repeatableKey struct{}

// Repeatable returns a context for a WithTx that finds out by itself whether it
// has been there before, as with an idempotency key: it runs again also after
// a COMMIT of which the outcome is unknown.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatableKey{}, true)
}

// retryable reports whether a transaction that failed with err may run again.
func (d *Database) retryable(ctx context.Context, err error) bool {
	if d.pool == nil || ctx.Err() != nil {
		return false
	}
	if IsOutcomeUnknown(err) {
		return ctx.Value(repeatableKey{}) != nil
	}
	code := postgresCode(err)
	return code == "40001" || code == "40P01" || IsWithoutPrimary(err) && d.group != nil || IsUnavailable(err)
}

// pause waits before the attempt after this one and reports whether there is
// time for it.
func pause(ctx context.Context, attempt int) bool {
	longest := firstPause << (2 * (attempt - 1))
	timer := time.NewTimer(longest/2 + rand.N(longest/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

var errOutcomeUnknown = errors.New("the connection was lost before COMMIT was answered")

// outcomeUnknown is the error of a transaction that may have been committed.
func outcomeUnknown(cause error) error {
	return apperr.Wrap(errors.Join(errOutcomeUnknown, cause), apperr.Timeout,
		"the database did not answer while it saved this change, which may have been made or not: "+
			"if you sent an Idempotency-Key, send the same again; else look first")
}

// IsOutcomeUnknown reports whether err means that a transaction may have been
// committed or not.
func IsOutcomeUnknown(err error) bool { return errors.Is(err, errOutcomeUnknown) }
