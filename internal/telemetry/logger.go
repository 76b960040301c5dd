package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/weftql/weft/internal/terminal"
)

// Format is how log records are written.
type Format string

// The formats. FormatAuto is text on a terminal and JSON elsewhere.
const (
	FormatAuto Format = "auto"
	FormatText Format = "text"
	FormatJSON Format = "json"
)

// LogOptions configures NewLogger. The zero value is FormatAuto at level info.
type LogOptions struct {
	Format Format     // empty means FormatAuto
	Level  slog.Level // records below it are dropped

	// Delay is how long a line of JSON may wait for others, to be written with
	// them; a process that is killed loses those that wait. Warnings and errors
	// are written at once, with all before them. Default: nothing waits.
	Delay time.Duration
}

// NewLogger returns a logger that writes to w and adds request_id, trace_id
// and span_id to every record whose context holds a Request. It fails only on
// an unknown format.
func NewLogger(w io.Writer, o LogOptions) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: o.Level}
	format := o.Format
	if format == "" || format == FormatAuto {
		format = FormatJSON
		if terminal.Is(w) {
			format = FormatText
		}
	}
	switch format {
	case FormatText:
		return slog.New(requestHandler{slog.NewTextHandler(w, options)}), nil
	case FormatJSON:
		return slog.New(newLineHandler(w, o.Delay, options)), nil
	}
	return nil, fmt.Errorf("choose log format: %q is not one of auto, text, json", o.Format)
}

// Log writes a record, as logger does, whatever its level. It is quicker with
// the loggers of NewLogger, and does not look up where it was called.
func Log(ctx context.Context, logger *slog.Logger, at time.Time, level slog.Level, message string, attrs []slog.Attr) error {
	if h, ok := logger.Handler().(*lineHandler); ok {
		return h.write(ctx, at, level, message, attrs)
	}
	return handle(ctx, logger.Handler(), at, level, message, attrs)
}

// handle makes a record for a handler that knows no other way.
func handle(ctx context.Context, h slog.Handler, at time.Time, level slog.Level, message string, attrs []slog.Attr) error {
	record := slog.NewRecord(at, level, message, 0)
	record.AddAttrs(attrs...)
	return h.Handle(ctx, record)
}

// Flush writes the lines that wait.
func Flush(logger *slog.Logger) error {
	if h, ok := logger.Handler().(*lineHandler); ok {
		return h.w.Flush()
	}
	return nil
}

// requestHandler adds the context's request to each record.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, record slog.Record) error {
	if r := FromContext(ctx); r != nil {
		var room [3]slog.Attr
		record.AddAttrs(r.appendAttrs(room[:0])...)
	}
	return h.Handler.Handle(ctx, record)
}

// appendAttrs appends what names the request in a record, three at most.
func (r *Request) appendAttrs(to []slog.Attr) []slog.Attr {
	to = append(to, slog.String("request_id", r.ID))
	if r.TraceID != "" {
		to = append(to, slog.String("trace_id", r.TraceID), slog.String("span_id", r.SpanID))
	}
	return to
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}
