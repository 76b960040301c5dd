package admission

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/fair"
	"github.com/weftql/weft/internal/operation"
)

// Reads is a database as the resolvers read it.
type Reads interface {
	Dialect() string
	Query(ctx context.Context, read database.Read) (database.Rows, error)
}

// Share returns db with each statement of an operation in its caller's share of
// the connections, and with its dear statements one after the other, for as
// long as they may take together. Statements outside of operations pass.
func (a *Admission) Share(db Reads) Reads { return &shared{Reads: db, admission: a} }

type shared struct {
	Reads
	admission *Admission
}

// work is what is known of one operation.
type work struct {
	stop context.CancelCauseFunc
	read atomic.Int64 // bytes of text

	mu    sync.Mutex
	turn  chan struct{} // holds one element while a dear statement runs; nil before the first
	spent time.Duration // in dear statements
}

// begin waits for the turn of a dear statement.
func (w *work) begin(ctx context.Context) error {
	w.mu.Lock()
	if w.turn == nil {
		w.turn = make(chan struct{}, 1)
	}
	w.mu.Unlock()
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end gives up the turn after so long.
func (w *work) end(took time.Duration) {
	w.mu.Lock()
	w.spent += took
	w.mu.Unlock()
	<-w.turn
}

// left is how much longer dear statements may run.
func (w *work) left(of time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return of - w.spent
}

// Query implements query.Database.
func (s *shared) Query(ctx context.Context, read database.Read) (database.Rows, error) {
	op := operation.FromContext(ctx)
	if op == nil {
		return s.Reads.Query(ctx, read)
	}
	w, admitted := op.Work.(*work)
	if !admitted {
		return s.Reads.Query(ctx, read)
	}
	if read.Dear {
		if err := w.begin(ctx); err != nil {
			return nil, err
		}
	}
	place, err := s.admission.statements.Enter(ctx, op.Caller)
	if err != nil {
		if read.Dear {
			w.end(0)
		}
		return nil, err
	}
	r := &reading{place: place, ctx: ctx, work: w, dear: read.Dear, room: s.admission.readBytes}
	if read.Dear {
		left := w.left(s.admission.dearTime)
		r.started = time.Now()
		r.ctx, r.cancel = context.WithTimeoutCause(ctx, max(left, 0), errDear)
	}
	if r.Rows, err = s.Reads.Query(r.ctx, read); err != nil {
		err = r.explain(err)
		r.end()
		return nil, err
	}
	return r, nil
}

// errDear is why the context of a dear statement ends.
var errDear = errors.New("the dear statements of the operation took too long")

// reading is a result whose statement holds a place.
type reading struct {
	database.Rows
	place fair.Place[operation.Caller]
	ended bool
	ctx   context.Context //nolint:containedctx // of this one statement, to tell why it ended

	work *work
	room int64 // for bytes of the operation; negative is no limit
	err  error

	dear    bool
	started time.Time          // of a dear one
	cancel  context.CancelFunc // of a dear one
}

// Next implements database.Rows.
func (r *reading) Next() bool {
	if r.err == nil && r.Rows.Next() {
		return true
	}
	if r.err == nil {
		r.err = r.explain(r.Rows.Err())
	}
	r.Close()
	return false
}

// Raw implements database.Rows.
func (r *reading) Raw() [][]byte {
	raw := r.Rows.Raw()
	bytes := 0
	for _, column := range raw {
		bytes += len(column)
	}
	r.count(bytes)
	return raw
}

// Scan implements database.Rows.
func (r *reading) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	bytes := 0
	for _, d := range dest {
		switch text := d.(type) {
		case *string:
			bytes += len(*text)
		case **string:
			if *text != nil {
				bytes += len(**text)
			}
		}
	}
	r.count(bytes)
	return err
}

// count stops the operation when it has read too much. An answer holds what
// was read for it, so that this stops what would be too large an answer before
// it is in memory.
func (r *reading) count(bytes int) {
	if r.work.read.Add(int64(bytes)) <= r.room || r.room < 0 || r.err != nil {
		return
	}
	tooMuch := apperr.New(apperr.CostLimitExceeded,
		"byte limit: the operation would read more than %d bytes of text; ask for fewer objects or fewer fields", r.room)
	r.err = tooMuch
	if r.work.stop != nil {
		r.work.stop(tooMuch)
	}
}

// Err implements database.Rows.
func (r *reading) Err() error { return r.err }

// Close implements database.Rows.
func (r *reading) Close() {
	r.Rows.Close()
	r.end()
}

func (r *reading) end() {
	if r.ended {
		return
	}
	r.ended = true
	if r.dear {
		r.cancel()
		r.work.end(time.Since(r.started))
	}
	r.place.Leave()
}

// explain tells a client when the statement was stopped for its time.
func (r *reading) explain(err error) error {
	if err == nil || !r.dear || !errors.Is(context.Cause(r.ctx), errDear) {
		return err
	}
	return apperr.Wrap(err, apperr.Timeout,
		"searches, counts and filtered lists may read for a short time only, all of an operation together: ask for fewer of them, or for less")
}
