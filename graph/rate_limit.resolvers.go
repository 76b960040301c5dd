package graph

import (
	"context"
	"math"
	"time"

	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/operation"
)

// RateLimit is the resolver for the rateLimit field. A dry run is the doing of
// the step that keeps budgets.
func (r *queryResolver) RateLimit(ctx context.Context, dryRun bool) (*model.RateLimit, error) {
	op := operation.FromContext(ctx)
	if op == nil || op.Cost == nil {
		return nil, nil
	}
	c := op.Cost
	remaining := max(c.Available, 0)
	return &model.RateLimit{
		Limit:     int(c.Maximum),
		Cost:      int(min(c.Requested, math.MaxInt32)),
		Remaining: int(remaining),
		Used:      int(c.Maximum - remaining),
		ResetAt:   time.Now().Add(c.Reset).UTC(),
	}, nil
}
