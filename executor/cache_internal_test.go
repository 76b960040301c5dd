package executor

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// TestSecondUse checks that the plan of an operation that comes again is kept, and nothing of an operation that does not: a server without
// a query cache has a new syntax tree for each request.
func TestSecondUse(t *testing.T) {
	c := newPlanCache(10)
	add := func(op *ast.OperationDefinition) { c.add(planKey{op: op}, new(scan), new(plan)) }
	for range 100 {
		add(new(ast.OperationDefinition))
	}
	if len(c.plans) != 0 || len(c.scans) != 0 || len(c.seen) > 10 || len(c.news) > 10 {
		t.Errorf("keeps %d plans and %d scans, has seen %d", len(c.plans), len(c.scans), len(c.seen))
	}
	op := new(ast.OperationDefinition)
	add(op)
	if len(c.plans) != 0 {
		t.Error("a plan is kept at the first use")
	}
	add(op)
	if len(c.plans) != 1 || c.plans[planKey{op: op}] == nil {
		t.Error("the plan is not kept at the second use")
	}
}
