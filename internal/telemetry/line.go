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
	w *lines
}

func newLineHandler(w io.Writer, delay time.Duration, o *slog.HandlerOptions) *lineHandler {
	l := &lines{w: w, delay: delay}
	return &lineHandler{requestHandler{slog.NewJSONHandler(l, o)}, l}
}

// Handle implements slog.Handler. What is amiss does not wait.
func (h *lineHandler) Handle(ctx context.Context, record slog.Record) error {
	err := h.write(ctx, record)
	if record.Level >= slog.LevelWarn {
		err = errors.Join(err, h.w.Flush())
	}
	return err
}

func (h *lineHandler) write(ctx context.Context, record slog.Record) error {
	buffer := h.w.lend()
	defer h.w.takeBack(buffer)
	line, whole := appendRecord((*buffer)[:0], record, FromContext(ctx))
	*buffer = line
	if !whole {
		return h.Handler.Handle(ctx, record)
	}
	_, err := h.w.Write(line)
	return err
}

// appendRecord appends a record as a line with the request that it belongs to,
// if any, and tells whether it could.
func appendRecord(line []byte, record slog.Record, request *Request) ([]byte, bool) {
	if record.Time.IsZero() || record.Time.Year() > 9999 || !plain(record.Message) {
		return line, false
	}
	line = append(line, `{"time":"`...)
	line = record.Time.AppendFormat(line, time.RFC3339Nano)
	line = append(line, `","level":"`...)
	line = append(line, record.Level.String()...)
	line = append(line, `","msg":"`...)
	line = append(line, record.Message...)
	line = append(line, '"')
	whole := true
	record.Attrs(func(a slog.Attr) bool {
		line, whole = appendAttr(line, a)
		return whole
	})
	if request != nil && whole {
		var room [3]slog.Attr
		for _, a := range request.appendAttrs(room[:0]) {
			if line, whole = appendAttr(line, a); !whole {
				return line, false
			}
		}
	}
	return append(line, '}', '\n'), whole
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
