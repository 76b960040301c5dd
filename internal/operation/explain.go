package operation

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/statement"
)

// explainHeader requests the statements of an operation. It is GraphQL-Explain
// in the canonical form in which net/http keeps headers.
const explainHeader = "Graphql-Explain"

// ExplainedFeed is the state of the instance's change feed.
type ExplainedFeed struct {
	Applied string `json:"applied"` // all changes up to this position are delivered
	Whole   bool   `json:"whole"`
	Fault   string `json:"fault,omitempty"`
}

// Explained collects what steps and observers find out about an operation for
// extensions.explain. Its methods are safe for concurrent use, and do nothing
// on a nil pointer.
type Explained struct {
	mu     sync.Mutex
	points []PathCost
	fields []ExplainedField
	left   string
}

// ExplainedField is a field as it was executed, for all objects of one type at
// its place together. Points are those of the field and of the objects that it
// returned.
type ExplainedField struct {
	Path    string  `json:"path"`  // response names, joined with dots
	Level   int     `json:"level"` // how many resolvers are above it, from 0
	Type    string  `json:"type"`  // the type that has the field
	Parents int     `json:"parents"`
	Objects int     `json:"objects"`
	Failed  int     `json:"failed,omitempty"` // parents without a value because of an error
	Points  int64   `json:"points"`
	MS      float64 `json:"ms"` // of its resolvers together, including waits for statements
}

// SetPoints sets what the operation costs at most, by path, without the paths
// that are free.
func (e *Explained) SetPoints(points []PathCost) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.points = slices.DeleteFunc(points, func(p PathCost) bool { return p.Points == 0 })
}

// AddField adds a field that was executed.
func (e *Explained) AddField(f ExplainedField) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fields = append(e.fields, f)
}

// SetLeft sets the reason why gqlgen's executor runs the operation.
func (e *Explained) SetLeft(reason string) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.left = reason
}

// take returns what was collected, and forgets the fields, because the next
// event of a subscription has its own.
func (e *Explained) take() (points []PathCost, fields []ExplainedField, left string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	points, fields, left = e.points, e.fields, e.left
	e.fields = nil
	return points, fields, left
}

// Explain is the step that adds extensions.explain to each response: what the
// operation did and which statements it ran. It does so if the request has the
// header GraphQL-Explain: 1 and the caller may see this. feed may be nil.
func Explain(may func(context.Context) bool, feed func() ExplainedFeed) Step {
	return func(next Handler) Handler {
		return func(ctx context.Context, op *Operation, send Send) {
			if op.Header.Get(explainHeader) != "1" || !may(ctx) {
				next(ctx, op, send)
				return
			}
			op.Statements.Keep, op.Statements.Place = true, place
			op.Explained = &Explained{}
			next(ctx, op, func(r *Response) bool {
				if r.Status == Executed {
					own := make(map[string]any, len(r.Extensions)+1)
					maps.Copy(own, r.Extensions)
					e := explain(op)
					e.Answer = r.CacheStatus
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

// place is the place in an operation at which a resolver asks.
func place(ctx context.Context) (statement.Place, bool) {
	f := executor.FieldFromContext(ctx)
	if f == nil {
		return statement.Place{}, false
	}
	return statement.Place{Path: f.Path(), Level: executor.Level(ctx)}, true
}

// explanation is extensions.explain: the statements of one response, in the
// order in which they ended.
type explanation struct {
	Statements []explainedStatement `json:"statements"`
	Count      int                  `json:"count"`
	DurationMS float64              `json:"durationMs"`       // since the request arrived
	Fields     []ExplainedField     `json:"fields,omitempty"` // by level; not on gqlgen's executor
	Left       string               `json:"left,omitempty"`   // why it ran on gqlgen's executor
	Points     []PathCost           `json:"points,omitempty"` // at most, in the order of the document
	Feed       *ExplainedFeed       `json:"feed,omitempty"`
	Rows       []explainedRows      `json:"rows,omitempty"`   // with a row cache
	Answer     string               `json:"answer,omitempty"` // what the answer cache did: see Response.CacheStatus
}

// explainedRows is what a loader found in the row cache.
type explainedRows struct {
	Loader string   `json:"loader"`
	Level  int      `json:"level"`
	Paths  []string `json:"paths,omitempty"`
	Keys   int      `json:"keys"`
	Hits   int      `json:"hits"`
	Shared int      `json:"shared,omitempty"` // of the hits, those that another instance had read
}

type explainedStatement struct {
	Loader   string   `json:"loader"`
	Level    int      `json:"level"`
	Paths    []string `json:"paths,omitempty"` // of the fields that asked; none outside of the execution
	Database string   `json:"database"`
	Reason   string   `json:"reason,omitempty"`
	Keys     int      `json:"keys"`
	Rows     int      `json:"rows"`
	Examined int      `json:"examined,omitempty"` // rows more that it looked at
	MS       float64  `json:"ms"`
	SQL      string   `json:"sql"`
}

func explain(op *Operation) explanation {
	statements, kept := op.Statements.Take()
	e := explanation{
		Statements: make([]explainedStatement, len(statements)),
		Count:      len(statements),
		DurationMS: milliseconds(time.Since(op.Started)),
	}
	for i, s := range statements {
		e.Statements[i] = explainedStatement{
			Loader: s.Loader, Level: s.Level, Paths: s.Paths, Database: s.Database, Reason: s.Reason,
			Keys: s.Keys, Rows: s.Rows, Examined: s.Examined, MS: milliseconds(s.Duration), SQL: s.SQL,
		}
	}
	for _, k := range kept {
		e.Rows = append(e.Rows, explainedRows{k.Loader, k.Level, k.Paths, k.Keys, k.Hits, k.Shared})
	}
	e.Points, e.Fields, e.Left = op.Explained.take()
	return e
}

// milliseconds rounds to a microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
