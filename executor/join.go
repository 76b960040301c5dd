package executor

import (
	"context"

	"github.com/weftql/weft/executor/internal/rounds"
)

// Join waits until every other resolver of the level also waits or has returned. A resolver that loads without package dataloader records
// what it needs, calls Join and then loads: by then the needs of the whole level are known and fit into one statement. Join reports false,
// without waiting, if the resolver is not called breadth-first; the resolver must then find another moment.
//
// Another call waits for the next time that all resolvers wait. Several goroutines of one resolver count as one, which waits as soon as the
// first of them does: a goroutine that calls Join later may find that the others of the level have gone on, and then waits for the next
// time. So each goroutine should record what it needs before the first of them calls Join. WithPatience bounds how long Join waits for a
// resolver that is busy with something else. Join returns early when ctx is done.
func Join(ctx context.Context) bool {
	t := rounds.FromContext(ctx)
	if t == nil {
		return false
	}
	t.Join(ctx)
	return true
}
