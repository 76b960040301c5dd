package budget

import (
	"context"
	"time"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/ratelimit"
)

const (
	// refusalBase and refusalBytes are what it costs to find out that a
	// document is invalid: 20 points, and one more for each 50 bytes.
	refusalBase  = 20
	refusalBytes = 50
)

// Refusals is the first step. A request that is refused before it has a price,
// because it cannot be parsed or is invalid, costs points too, so that request errors
// are not free work. Each instance counts them by itself, against a second
// budget of the same size. A caller who has used it up is refused before
// anything is parsed.
func (b *Budget) Refusals(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		policies := b.policies.Load()
		mode := b.mode(policies)
		if mode == Off {
			next(ctx, op, send)
			return
		}
		if mode == Enforce && !b.refusals.Empty() {
			policy := policies.of(b.options.Role(ctx))
			look, _ := b.refusals.Reserve(ctx, b.refused(op, policy)) // in memory: returns no error
			if look.Remaining <= 0 {
				wait := time.Duration(1-look.Remaining) * time.Second / time.Duration(policy.Rate)
				b.counts.limited.Add(1)
				send(operation.Fail(apperr.New(apperr.RateLimited,
					"too many operations of yours could not be read: try again in %d s", operation.Seconds(wait)).Retry(wait)))
				return
			}
		}
		next(ctx, op, func(r *operation.Response) bool {
			if r.Status == operation.RequestError && op.Price == 0 {
				// One point must be there; the others may be owed.
				request := b.refused(op, policies.of(b.options.Role(ctx)))
				request.ID, request.Cost = ratelimit.NewID(), 1
				_, _ = b.refusals.Reserve(ctx, request) // in memory: returns no error; nor does Settle
				_ = b.refusals.Settle(ctx, ratelimit.Settlement{
					Key: request.Key, Policy: request.Policy, ID: request.ID, Cost: refusalBase + int64(len(op.Query))/refusalBytes, Local: true,
				})
			}
			return send(r)
		})
	}
}

// refused is a look at the account of what was refused.
func (b *Budget) refused(op *operation.Operation, policy Policy) ratelimit.Request {
	return ratelimit.Request{Key: keyOf(op.Caller), Policy: policy.account, Hold: b.options.Hold}
}
