package executor

import (
	"context"

	"github.com/weftql/weft/executor/internal/rounds"
)

// Join waits until every other resolver of the level waits too or has returned. What loads without package dataloader notes what it
// is to load, calls Join and then loads: what the whole level wants is then known, and goes into one statement. It reports false,
// without waiting, if the resolver is not called breadth-first; it must then find another moment.
//
// Calling it again waits for the next time that all do. Several goroutines of one resolver count as one, which waits as soon as the
// first of them does: one that calls Join later may find that the others of the level are gone already, and then waits for the next
// time. Let the goroutines note what they are to load before the first of them calls Join. How long Join waits for a resolver that is
// busy with something else is bounded by WithPatience. It returns early when ctx is done.
func Join(ctx context.Context) bool {
	t := rounds.FromContext(ctx)
	if t == nil {
		return false
	}
	t.Join(ctx)
	return true
}
