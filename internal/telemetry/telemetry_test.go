package telemetry_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/telemetry"
)

func TestLoggerNamesRequest(t *testing.T) {
	var out bytes.Buffer
	logger, err := telemetry.NewLogger(&out, telemetry.LogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := telemetry.NewContext(t.Context(), &telemetry.Request{ID: "r1", TraceID: "t1", SpanID: "s1"})
	logger.With("part", "x").InfoContext(ctx, "done")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("a buffer is no terminal, so want JSON: %v: %s", err, out.String())
	}
	for name, want := range map[string]string{"request_id": "r1", "trace_id": "t1", "span_id": "s1", "part": "x", "msg": "done"} {
		if line[name] != want {
			t.Errorf("%s: got %v, want %s", name, line[name], want)
		}
	}
}

func TestLoggerFormat(t *testing.T) {
	var out bytes.Buffer
	logger, err := telemetry.NewLogger(&out, telemetry.LogOptions{Format: telemetry.FormatText})
	if err != nil {
		t.Fatal(err)
	}
	logger.Debug("hidden")
	logger.Info("shown")
	if got := out.String(); !strings.Contains(got, "msg=shown") || strings.Contains(got, "hidden") {
		t.Errorf("got %q", got)
	}
	if _, err := telemetry.NewLogger(&out, telemetry.LogOptions{Format: "xml"}); err == nil {
		t.Error("an unknown format is taken")
	}
}

func TestParseTraceparent(t *testing.T) {
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for header, want := range map[string]bool{
		"00-" + trace + "-" + span + "-01":                    true,
		"cc-" + trace + "-" + span + "-01-later":              true,
		"00-" + trace + "-" + span + "-01-later":              false,
		"ff-" + trace + "-" + span + "-01":                    false,
		"00-" + strings.Repeat("0", 32) + "-" + span + "-01":  false,
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01": false,
		"00-" + strings.ToUpper(trace) + "-" + span + "-01":   false,
		"00-" + trace + "_" + span + "-01":                    false,
		"":                                                    false,
	} {
		gotTrace, gotSpan, ok := telemetry.ParseTraceparent(header)
		if ok != want || ok && (gotTrace != trace || gotSpan != span) {
			t.Errorf("%q: got %q %q %v", header, gotTrace, gotSpan, ok)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	a, b := telemetry.NewRequestID(), telemetry.NewRequestID()
	if a == b || !telemetry.ValidRequestID(a) {
		t.Errorf("got %q and %q", a, b)
	}
	for id, want := range map[string]bool{
		"": false, "a b": false, "a\nb": false, "é": false, strings.Repeat("a", 129): false, strings.Repeat("a", 128): true, "1-680b/x=_.:+@": true,
	} {
		if telemetry.ValidRequestID(id) != want {
			t.Errorf("%q: want %v", id, want)
		}
	}
	if telemetry.RequestID(t.Context()) != "" {
		t.Error("a context without a request has an id")
	}
}
