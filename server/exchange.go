package server

import (
	"context"
	"net/http"
	"time"

	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/telemetry"
)

// exchange is one request: the context of its work, and what its log line will
// say. Only the goroutine that serves the request writes to it.
//
// It is one context layer for all the values that it carries. Each further
// layer would cost an allocation, and time in every look-up from below it; a
// layer that can be cancelled costs five allocations.
type exchange struct {
	// Context ends when the client goes away, when the request's time is over, and
	// when stop is called.
	context.Context
	stop context.CancelCauseFunc

	// deadline is when the exchange ends; zero if the request's time is not limited.
	deadline time.Time

	request  telemetry.Request
	idHeader [1]string // the request's id, as the answer's header
	start    time.Time
	response countingWriter

	// operating is set once the operation runs: from then on the context carries
	// it and counts its statements.
	operating bool
	operation operation.Operation
	answer    *operation.Response

	codes      []string // of the errors answered, without repeats
	clientGone bool     // the client went away before the answer
}

// newExchange begins a request; stop(nil) ends it.
func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{start: time.Now()}
	x.response.ResponseWriter = w
	x.Context, x.stop = context.WithCancelCause(r.Context())
	x.operation.Started, x.operation.Stop = x.start, x.stop
	return x
}

// limit ends the exchange after timeout, unless the timer is stopped before.
func (x *exchange) limit(timeout time.Duration) *time.Timer {
	x.deadline = x.start.Add(timeout)
	return time.AfterFunc(timeout, func() { x.stop(context.DeadlineExceeded) })
}

// Deadline implements context.Context.
func (x *exchange) Deadline() (time.Time, bool) {
	if outer, ok := x.Context.Deadline(); x.deadline.IsZero() || ok && outer.Before(x.deadline) {
		return outer, ok
	}
	return x.deadline, true
}

// Err implements context.Context.
func (x *exchange) Err() error {
	err := x.Context.Err()
	if err != nil && context.Cause(x.Context) == context.DeadlineExceeded { //nolint:errorlint // it is that value: see limit
		return context.DeadlineExceeded
	}
	return err
}

type exchangeKey struct{}

// Value implements context.Context.
func (x *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return x
	}
	if v := x.request.Value(key); v != nil {
		return v
	}
	if x.operating {
		if v := x.operation.Value(key); v != nil {
			return v
		}
	}
	return x.Context.Value(key)
}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// countingWriter remembers the status and counts the bytes of the body.
type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *countingWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what was written so far.
func (w *countingWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
