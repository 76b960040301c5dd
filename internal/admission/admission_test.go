package admission_test

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/admission"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/operation"
)

var (
	stranger = operation.Caller{Network: netip.MustParsePrefix("192.0.2.1/32")}
	other    = operation.Caller{Network: netip.MustParsePrefix("192.0.2.2/32")}
)

// store answers each statement after a second with rows of text.
type store struct {
	running, most atomic.Int64
	rows          []string
}

func (*store) Dialect() string { return "" }

func (s *store) Query(ctx context.Context, _ database.Read) (database.Rows, error) {
	if n := s.running.Add(1); n > s.most.Load() {
		s.most.Store(n)
	}
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		s.running.Add(-1)
		return nil, ctx.Err()
	}
	return &texts{store: s, left: s.rows}, nil
}

// texts are rows of one text.
type texts struct {
	store  *store
	left   []string
	closed bool
}

func (r *texts) Next() bool {
	if len(r.left) == 0 {
		return false
	}
	r.left = r.left[1:]
	return true
}
func (r *texts) Scan(dest ...any) error { *dest[0].(*string) = "0123456789"; return nil }
func (r *texts) Raw() [][]byte          { return nil }
func (r *texts) Provisional() bool      { return false }
func (r *texts) Err() error             { return nil }
func (r *texts) Close() {
	if !r.closed {
		r.closed = true
		r.store.running.Add(-1)
	}
}

// run takes an operation through the step and returns the code it is refused
// with, "" if it was executed.
func run(ctx context.Context, a *admission.Admission, caller operation.Caller, execute func(context.Context)) (refused string) {
	op := &operation.Operation{Caller: caller, Definition: &ast.OperationDefinition{Operation: ast.Query}}
	ctx, op.Stop = context.WithCancelCause(ctx)
	defer op.Stop(nil)
	a.Step(func(ctx context.Context, _ *operation.Operation, _ operation.Send) { execute(ctx) })(
		operation.NewContext(ctx, op), op, func(r *operation.Response) bool {
			refused, _ = r.Errors[0].Extensions["code"].(string)
			return false
		})
	return refused
}

// read reads all rows of one statement.
func read(ctx context.Context, db admission.Reads, dear bool) error {
	rows, err := db.Query(ctx, database.Read{Dear: dear})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
	}
	return rows.Err()
}

func TestACrowdOfOneCallerKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := admission.New(admission.Options{Connections: 4})
		var refused atomic.Int64
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				if run(t.Context(), a, stranger, func(context.Context) { time.Sleep(time.Minute) }) == string(apperr.Overloaded) { //nolint:forbidigo // the clock is synctest's
					refused.Add(1)
				}
			})
		}
		synctest.Wait()
		start, executed := time.Now(), false
		if code := run(t.Context(), a, other, func(context.Context) { executed = true }); code != "" || !executed || time.Since(start) > 0 {
			t.Errorf("another caller: %q after %v", code, time.Since(start))
		}
		all.Wait()
		if got := refused.Load(); got != 197 { // all but the share of three, at once or out of patience
			t.Errorf("%d of the crowd were refused", got)
		}
	})
}

func TestACallerHasAShareOfTheConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := admission.New(admission.Options{Connections: 4})
		s := &store{}
		db := a.Share(s)
		run(t.Context(), a, stranger, func(ctx context.Context) {
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if err := read(ctx, db, false); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		})
		if s.most.Load() != 3 || s.running.Load() != 0 {
			t.Errorf("%d connections at once, %d left open", s.most.Load(), s.running.Load())
		}
	})
}

func TestDearStatementsGoOneByOneForAShortTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := admission.New(admission.Options{Connections: 4, DearTime: 2500 * time.Millisecond})
		s := &store{}
		db := a.Share(s)
		start := time.Now()
		var stopped atomic.Int64
		run(t.Context(), a, stranger, func(ctx context.Context) {
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					err := read(ctx, db, true)
					if apperr.CodeOf(err) == apperr.Timeout {
						stopped.Add(1)
					} else if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if err := read(ctx, db, false); err != nil {
				t.Errorf("a statement that is not dear: %v", err)
			}
		})
		if s.most.Load() != 1 || stopped.Load() != 8 || time.Since(start) != 3500*time.Millisecond {
			t.Errorf("%d at once, %d stopped, %v in all", s.most.Load(), stopped.Load(), time.Since(start))
		}
	})
}

func TestWhatAnOperationReadsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := admission.New(admission.Options{Connections: 4, ReadBytes: 1000})
		s := &store{rows: make([]string, 60)} // of ten bytes each
		db := a.Share(s)
		run(t.Context(), a, stranger, func(ctx context.Context) {
			if err := read(ctx, db, false); err != nil {
				t.Errorf("600 bytes: %v", err)
			}
			if err := read(ctx, db, false); apperr.CodeOf(err) != apperr.CostLimitExceeded {
				t.Errorf("1200 bytes: got %v", err)
			}
			if apperr.CodeOf(context.Cause(ctx)) != apperr.CostLimitExceeded {
				t.Error("the operation goes on")
			}
		})
		if s.running.Load() != 0 {
			t.Errorf("%d results were left open", s.running.Load())
		}
	})
}
