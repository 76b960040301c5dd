// Package admission shares the server among its callers. Each gets a bounded
// share of the operations that run at once and of the connections to the
// database; the rest waits, in a bounded queue that is served caller by caller.
// And what one operation may take of the database in dear statements is
// bounded, whatever it asks for.
//
// It knows neither prices nor budgets, which bound what a caller may do in a
// longer time.
package admission

import (
	"context"
	"errors"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/fair"
	"github.com/weftql/weft/internal/operation"
)

// Options configures New. Connections is required.
type Options struct {
	// Connections is how many the database has for the server. So many
	// operations run at once: more would only wait for each other there.
	Connections int

	// Patience is how long an operation waits for a place. Default: 10 seconds.
	Patience time.Duration

	// ReadBytes is how many bytes of text one operation may read from the
	// database; negative is no limit. Default: 16 MiB.
	ReadBytes int

	// DearTime is what the dear statements of one operation may take together:
	// see database.Read. Default: 1.5 seconds.
	DearTime time.Duration
}

// Waiting requests are cheap but not free: each holds its document and
// variables.
const (
	waitingEach = 128
	waitingAll  = 1024
)

// Admission gives out the places. It is safe for concurrent use.
type Admission struct {
	operations *fair.Queue[operation.Caller]
	statements *fair.Queue[operation.Caller]
	dearTime   time.Duration
	readBytes  int64
}

// New returns the places of one server.
func New(o Options) *Admission {
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	if o.DearTime <= 0 {
		o.DearTime = 1500 * time.Millisecond
	}
	if o.ReadBytes == 0 {
		o.ReadBytes = 16 << 20
	}
	o.Connections = max(o.Connections, 1)
	share := max(o.Connections*3/4, 1)
	queue := fair.Options{Places: o.Connections, Share: share, Each: waitingEach, Waiting: waitingAll, Patience: o.Patience}
	// Statements belong to operations that have a place, which bounds those that
	// wait. Their own time bounds the wait.
	statements := fair.Options{Places: o.Connections, Share: share, Each: 1 << 20, Waiting: 1 << 20}
	return &Admission{
		operations: fair.New[operation.Caller](queue),
		statements: fair.New[operation.Caller](statements),
		dearTime:   o.DearTime,
		readBytes:  int64(o.ReadBytes),
	}
}

// Step lets operations in. Without room to wait, or after waiting too long, it
// is OVERLOADED with a time to wait. An operation that another step has given a
// place of its own passes, and so does a subscription, which would keep its
// place while nothing happens.
func (a *Admission) Step(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		op.Work = &work{stop: op.Stop}
		if !op.Admitted && op.Type() != ast.Subscription {
			place, err := a.operations.Enter(ctx, op.Caller)
			if errors.Is(err, fair.ErrFull) {
				err = apperr.New(apperr.Overloaded, "too many of your requests wait to be answered: send fewer at once").Retry(time.Second)
			}
			if err != nil {
				send(operation.Fail(err))
				return
			}
			defer place.Leave()
		}
		next(ctx, op, send)
	}
}
