// Package revision keeps a change from overwriting another one that its author
// has not seen. An object's revision is its updatedAt: a client sends the one
// that it knows, and every change makes a later one. It reads and writes no
// rows; its callers lock them.
package revision

import (
	"time"

	"github.com/weftql/weft/internal/apperr"
)

// Check returns a CONFLICT that tells the object's revision and fields, unless
// that revision is the expected one or none is expected.
func Check(expected *time.Time, id string, current time.Time, fields map[string]any) error {
	if expected == nil || expected.Equal(current) {
		return nil
	}
	err := apperr.New(apperr.Conflict, "this was changed in between; read it again, and send its new updatedAt with your change")
	err.Current = &apperr.Object{ID: id, UpdatedAt: current, Fields: fields}
	return err
}

// Next returns the revision of a change that is made now. It is later than the
// one before, also where clocks differ or stand still.
func Next(before, now time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(time.Microsecond)
}
