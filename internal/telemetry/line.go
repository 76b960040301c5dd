package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"strconv"
	"time"
)

// lineHandler writes the records that a server writes all day, flat lists of
// plain values, to the byte as the slog.JSONHandler that it embeds and in
// half of its time: that one puts each float through encoding/json. All other
// records, and those of loggers made by With and WithGroup, go to the embedded
// handler.
type lineHandler struct {
	slog.Handler
	w *lineWriter
}

func newLineHandler(w io.Writer, delay time.Duration, o *slog.HandlerOptions) *lineHandler {
	l := &lineWriter{w: w, delay: delay}
	return &lineHandler{requestHandler{slog.NewJSONHandler(l, o)}, l}
}

// Handle implements slog.Handler.
func (h *lineHandler) Handle(ctx context.Context, record slog.Record) error {
	var room [16]slog.Attr
	attrs := room[:0]
	record.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	return h.write(ctx, record.Time, record.Level, record.Message, attrs)
}

// write writes a line. What is amiss does not wait.
func (h *lineHandler) write(ctx context.Context, at time.Time, level slog.Level, message string, attrs []slog.Attr) error {
	buffer := h.w.lend()
	defer h.w.takeBack(buffer)
	line, whole := appendLine((*buffer)[:0], at, level, message, attrs, FromContext(ctx))
	*buffer = line
	var err error
	if whole {
		_, err = h.w.Write(line)
	} else {
		err = handle(ctx, h.Handler, at, level, message, attrs)
	}
	if level >= slog.LevelWarn {
		err = errors.Join(err, h.w.Flush())
	}
	return err
}

// appendLine appends a record with the request that it belongs to, if any, and
// tells whether it could.
func appendLine(line []byte, at time.Time, level slog.Level, message string, attrs []slog.Attr, request *Request) (_ []byte, whole bool) {
	if at.IsZero() || at.Year() > 9999 || !plain(message) {
		return line, false
	}
	line = append(line, `{"time":"`...)
	line = at.AppendFormat(line, time.RFC3339Nano)
	line = append(line, `","level":"`...)
	line = append(line, level.String()...)
	line = append(line, `","msg":"`...)
	line = append(line, message...)
	line = append(line, '"')
	if line, whole = appendAttrs(line, attrs); whole && request != nil {
		var room [3]slog.Attr
		line, whole = appendAttrs(line, request.appendAttrs(room[:0]))
	}
	return append(line, '}', '\n'), whole
}

func appendAttrs(line []byte, attrs []slog.Attr) (_ []byte, whole bool) {
	for i := range attrs {
		if line, whole = appendAttr(line, attrs[i]); !whole {
			return line, false
		}
	}
	return line, true
}

// appendAttr appends a comma and an attribute, and tells whether it could.
func appendAttr(line []byte, a slog.Attr) ([]byte, bool) {
	if !plain(a.Key) {
		return line, false
	}
	line = append(line, ',', '"')
	line = append(line, a.Key...)
	line = append(line, '"', ':')
	switch a.Value.Kind() {
	case slog.KindString:
		text := a.Value.String()
		if !plain(text) {
			return line, false
		}
		line = append(line, '"')
		line = append(line, text...)
		return append(line, '"'), true
	case slog.KindInt64:
		return strconv.AppendInt(line, a.Value.Int64(), 10), true
	case slog.KindBool:
		return strconv.AppendBool(line, a.Value.Bool()), true
	case slog.KindFloat64:
		f := a.Value.Float64()
		// encoding/json writes floats beyond these with an exponent.
		if size := math.Abs(f); f != 0 && !(size >= 1e-6 && size < 1e21) {
			return line, false
		}
		return strconv.AppendFloat(line, f, 'f', -1, 64), true
	}
	return line, false
}

// plain tells whether a text stands in JSON as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
