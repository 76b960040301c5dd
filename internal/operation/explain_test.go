package operation_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/statement"
)

// TestExplainEvents sends several responses, as a subscription does. Each
// reports only its own statements and fields.
func TestExplainEvents(t *testing.T) {
	execute := func(ctx context.Context, op *operation.Operation, send operation.Send) {
		op.Explained.SetPoints([]operation.PathCost{{Path: "", Points: 30}, {Path: "tick"}, {Path: "tick.user", Points: 1, Objects: 1}})
		op.Explained.SetLeft("introspection")
		for event := range 2 {
			op.Explained.AddField(operation.ExplainedField{Path: "tick", Type: "Subscription", Parents: 1, Objects: event})
			ctx := statement.At(ctx, []statement.Place{{Path: "tick.user", Level: 2}, {Path: "tick.owner", Level: 1}, {Path: "tick.user", Level: 2}})
			level, paths := op.Statements.Where(ctx)
			op.Statements.Add(statement.Statement{Loader: "UserByID", SQL: "SELECT 1", Rows: event, Level: level, Paths: paths})
			op.Statements.AddKept(statement.Kept{Loader: "UserByID", Keys: 2, Hits: event, Shared: 1, Level: level, Paths: paths})
			send(&operation.Response{Data: []byte("{}"), CacheStatus: "weft; fwd=bypass; detail=explain"})
		}
		send(operation.Refuse(operation.Errorf(apperr.Overloaded, "enough")))
	}
	handle := operation.Explain(func(context.Context) bool { return true }, nil)(execute)
	op := &operation.Operation{Header: http.Header{"Graphql-Explain": {"1"}}, Started: time.Now()}
	var got []map[string]any
	handle(t.Context(), op, func(r *operation.Response) bool {
		if r.Status != operation.Executed {
			if r.Extensions != nil {
				t.Errorf("a refusal has %v", r.Extensions)
			}
			return false
		}
		text, err := json.Marshal(r.Extensions["explain"])
		if err != nil {
			t.Fatal(err)
		}
		var explain map[string]any
		if err := json.Unmarshal(text, &explain); err != nil {
			t.Fatal(err)
		}
		delete(explain, "durationMs")
		got = append(got, explain)
		return true
	})
	paths := []any{"tick.owner", "tick.user"}
	event := func(n float64) map[string]any {
		return map[string]any{
			"count":  1.0,
			"answer": "weft; fwd=bypass; detail=explain",
			"left":   "introspection",
			"points": []any{
				map[string]any{"path": "", "points": 30.0, "objects": 0.0},
				map[string]any{"path": "tick.user", "points": 1.0, "objects": 1.0},
			},
			"fields":     []any{map[string]any{"path": "tick", "level": 0.0, "type": "Subscription", "parents": 1.0, "objects": n, "points": 0.0, "ms": 0.0}},
			"rows":       []any{map[string]any{"loader": "UserByID", "level": 1.0, "paths": paths, "keys": 2.0, "hits": n, "shared": 1.0}},
			"statements": []any{map[string]any{"loader": "UserByID", "level": 1.0, "paths": paths, "database": "", "keys": 0.0, "rows": n, "ms": 0.0, "sql": "SELECT 1"}},
		}
	}
	if diff := cmp.Diff([]map[string]any{event(0), event(1)}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	// Without the header nothing is collected.
	op = &operation.Operation{Started: time.Now()}
	operation.Explain(func(context.Context) bool { return true }, nil)(func(_ context.Context, op *operation.Operation, send operation.Send) {
		op.Explained.AddField(operation.ExplainedField{})
		op.Explained.SetLeft("")
		op.Explained.SetPoints(nil)
		send(&operation.Response{Data: []byte("{}")})
	})(t.Context(), op, func(r *operation.Response) bool {
		if r.Extensions != nil || op.Explained != nil || op.Statements.Keep {
			t.Errorf("not asked for: %v", r.Extensions)
		}
		return true
	})
}
