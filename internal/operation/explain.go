package operation

import (
	"context"
	"maps"
	"time"
)

// explainHeader asks for the statements of an operation. It is the canonical
// form of GraphQL-Explain, which any other has to be changed into.
const explainHeader = "Graphql-Explain"

// ExplainedFeed is where the change feed of the instance is.
type ExplainedFeed struct {
	Applied string `json:"applied"` // the position up to which all changes were told
	Whole   bool   `json:"whole"`
	Fault   string `json:"fault,omitempty"`
}

// Explain is the step that adds extensions.explain, the statements of an
// operation, to each response when the header GraphQL-Explain: 1 asks for it
// and the caller may have it. feed may be nil.
func Explain(may func(context.Context) bool, feed func() ExplainedFeed) Step {
	return func(next Handler) Handler {
		return func(ctx context.Context, op *Operation, send Send) {
			if op.Header.Get(explainHeader) != "1" || !may(ctx) {
				next(ctx, op, send)
				return
			}
			op.Statements.Keep = true
			next(ctx, op, func(r *Response) bool {
				if r.Status == Executed {
					own := make(map[string]any, len(r.Extensions)+1)
					maps.Copy(own, r.Extensions)
					e := explain(op)
					if feed != nil {
						f := feed()
						e.Feed = &f
					}
					own["explain"] = e
					r.Extensions = own
				}
				return send(r)
			})
		}
	}
}

// explanation is extensions.explain: the statements of one operation, in the
// order in which they ended.
type explanation struct {
	Statements []explainedStatement `json:"statements"`
	Count      int                  `json:"count"`
	DurationMS float64              `json:"durationMs"` // since the request arrived
	Feed       *ExplainedFeed       `json:"feed,omitempty"`
	Rows       []explainedRows      `json:"rows,omitempty"` // with a row cache
}

// explainedRows is what a loader found in the row cache.
type explainedRows struct {
	Loader string `json:"loader"`
	Keys   int    `json:"keys"`
	Hits   int    `json:"hits"`
}

type explainedStatement struct {
	Loader   string  `json:"loader"`
	Database string  `json:"database"`
	Reason   string  `json:"reason,omitempty"`
	Keys     int     `json:"keys"`
	Rows     int     `json:"rows"`
	MS       float64 `json:"ms"`
	SQL      string  `json:"sql"`
}

func explain(op *Operation) explanation {
	statements := op.Statements.Statements()
	e := explanation{
		Statements: make([]explainedStatement, len(statements)),
		Count:      op.Statements.Count(),
		DurationMS: milliseconds(time.Since(op.Started)),
	}
	for i, s := range statements {
		e.Statements[i] = explainedStatement{
			Loader: s.Loader, Database: s.Database, Reason: s.Reason, Keys: s.Keys, Rows: s.Rows,
			MS: milliseconds(s.Duration), SQL: s.SQL,
		}
	}
	for _, k := range op.Statements.Kept() {
		e.Rows = append(e.Rows, explainedRows{k.Loader, k.Keys, k.Hits})
	}
	return e
}

// milliseconds rounds to a microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
