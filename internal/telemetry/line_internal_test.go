package telemetry

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestLinesAreThoseOfSlog writes records by both handlers, outside of requests
// and in one.
func TestLinesAreThoseOfSlog(t *testing.T) {
	traced := NewContext(t.Context(), &Request{ID: "r1", TraceID: "t1", SpanID: "s1"})
	now := time.Date(2026, 11, 23, 5, 20, 12, 123456000, time.FixedZone("", 3600))
	usual := []slog.Attr{
		slog.String("method", "POST"), slog.String("path", "/graphql?a=<b>&c"), slog.Int("status", 200),
		slog.Int64("bytes", -1), slog.Float64("duration_ms", 0.125), slog.Bool("client_gone", true),
		slog.String("request_id", ""),
	}
	for name, attrs := range map[string][]slog.Attr{
		"none":     nil,
		"usual":    usual,
		"quotes":   {slog.String("path", `a"b\c`), slog.String("é", "\x7f\x00\xff\u2028")},
		"floats":   {slog.Float64("a", 0), slog.Float64("b", 1e-7), slog.Float64("c", 1e21), slog.Float64("d", 123456789.5), slog.Float64("e", -1e-6), slog.Float64("f", math.Copysign(0, -1)), slog.Float64("g", 1e20)},
		"no float": {slog.Float64("a", math.NaN()), slog.Float64("b", math.Inf(1))},
		"others":   append(usual[:3:3], slog.Any("codes", []string{"A", "B"}), slog.Duration("d", time.Second), slog.Time("t", now), slog.Uint64("u", 1), slog.Any("error", errors.New("x"))),
		"empty":    {slog.Int("a", 1), {}, slog.Group("g"), slog.Group("h", slog.Int("b", 2))},
	} {
		t.Run(name, func(t *testing.T) {
			for _, record := range []slog.Record{
				slog.NewRecord(now, slog.LevelInfo, "request", 0),
				slog.NewRecord(now, slog.LevelError+2, "a \"b\"\n", 0),
				slog.NewRecord(time.Time{}, slog.LevelDebug, "", 0),
			} {
				record.AddAttrs(attrs...)
				for _, ctx := range []context.Context{t.Context(), traced} {
					var got, want bytes.Buffer
					if err := newLineHandler(&got, 0, nil).Handle(ctx, record); err != nil {
						t.Fatal(err)
					}
					if err := (requestHandler{slog.NewJSONHandler(&want, nil)}).Handle(ctx, record.Clone()); err != nil {
						t.Fatal(err)
					}
					if got.String() != want.String() {
						t.Errorf("got  %swant %s", got.String(), want.String())
					}
				}
			}
		})
	}
}

func TestLinesOfLoggersWithAttributes(t *testing.T) {
	var out bytes.Buffer
	h := newLineHandler(&out, 0, nil).WithAttrs([]slog.Attr{slog.String("part", "x")}).WithGroup("g")
	record := slog.NewRecord(time.Unix(0, 0).UTC(), slog.LevelInfo, "done", 0)
	record.AddAttrs(slog.Int("a", 1))
	if err := h.Handle(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), `{"time":"1970-01-01T00:00:00Z","level":"INFO","msg":"done","part":"x","g":{"a":1}}`+"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLinesWaitForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 20 * time.Millisecond
		var out writes
		logger, err := NewLogger(&out, LogOptions{Delay: delay})
		if err != nil {
			t.Fatal(err)
		}
		pass := func(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // the clock is synctest's
		wrote := func(when string, want ...int) {
			t.Helper()
			synctest.Wait()
			out.mu.Lock()
			defer out.mu.Unlock()
			if !slices.Equal(out.lines, want) {
				t.Errorf("%s: the writes have %v lines, want %v", when, out.lines, want)
			}
		}
		logger.Info("one")
		pass(delay / 2)
		logger.Info("two")
		wrote("before the delay")
		pass(delay / 2)
		wrote("after the delay", 2)
		logger.Info("three")
		logger.Error("four", "cause", []string{"not plain"})
		wrote("after an error", 2, 2)
		logger.Info("five", "text", strings.Repeat("x", maxWaiting))
		wrote("after much", 2, 2, 1)
		logger.Info("six")
		if err := Flush(logger); err != nil {
			t.Error(err)
		}
		pass(2 * delay)
		wrote("after Flush", 2, 2, 1, 1)
	})
}

// writes counts the lines of each write.
type writes struct {
	mu    sync.Mutex
	lines []int
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, bytes.Count(p, []byte("\n")))
	return len(p), nil
}
