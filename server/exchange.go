package server

import (
	"context"
	"net/http"
	"time"

	"github.com/weftql/weft/internal/statement"
	"github.com/weftql/weft/internal/telemetry"
)

// exchange is one request and what its log line will say. Only the goroutine
// that serves the request writes to it, except for the recorder.
type exchange struct {
	request  telemetry.Request
	start    time.Time
	response countingWriter
	recorder statement.Recorder

	document      *document
	operationName string
	operationType string
	codes         []string // of the errors answered, without repeats
	clientGone    bool     // the client went away before the answer
}

type exchangeKey struct{}

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

// hurry sends an answer that is complete, so that the client need not wait for
// the log: net/http keeps what fits into its buffer until the handler returns.
// Without a length it would no longer find out the length by itself.
func (w *countingWriter) hurry() {
	if w.bytes > 0 && len(w.Header()["Content-Length"]) > 0 {
		w.Flush()
	}
}
