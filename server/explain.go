package server

import (
	"maps"
	"time"
)

// explanation is extensions.explain: the statements of one operation, in the
// order in which they ended.
type explanation struct {
	Statements []explainedStatement `json:"statements"`
	Count      int                  `json:"count"`
	DurationMS float64              `json:"durationMs"` // since the request arrived
}

type explainedStatement struct {
	Loader   string  `json:"loader"`
	Database string  `json:"database"`
	Keys     int     `json:"keys"`
	Rows     int     `json:"rows"`
	MS       float64 `json:"ms"`
	SQL      string  `json:"sql"`
}

// withExplain returns the extensions with what the exchange recorded.
func withExplain(extensions map[string]any, x *exchange) map[string]any {
	statements := x.recorder.Statements()
	e := explanation{
		Statements: make([]explainedStatement, len(statements)),
		Count:      x.recorder.Count(),
		DurationMS: milliseconds(time.Since(x.start)),
	}
	for i, s := range statements {
		e.Statements[i] = explainedStatement{
			Loader: s.Loader, Database: s.Database, Keys: s.Keys, Rows: s.Rows,
			MS: milliseconds(s.Duration), SQL: s.SQL,
		}
	}
	own := make(map[string]any, len(extensions)+1)
	maps.Copy(own, extensions)
	own["explain"] = e
	return own
}

// milliseconds rounds to a microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
