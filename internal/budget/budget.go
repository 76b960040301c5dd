// Package budget is the step that lets callers spend points: it refuses
// operations that are too expensive, reserves what an operation may cost, and
// settles what it really cost.
//
// It knows neither how accounts are kept (internal/ratelimit) nor what things
// cost (internal/cost). docs/cost.md is the manual.
package budget

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/ratelimit"
)

// Options says what the budgets are and where they are kept.
type Options struct {
	Model   *cost.Model
	Limiter ratelimit.Limiter
	Settler *ratelimit.Settler

	// Mode is used with policies that do not set one.
	Mode Mode
	// Policies are the budgets until SetPolicies is called; nil means Defaults.
	Policies *Policies
	// Role returns the role of who is asking, one of the constants.
	Role func(context.Context) string

	// Hold is how long an operation may run before its reservation is given up.
	// Zero means 1 minute.
	Hold time.Duration
}

// Budget keeps the budgets of callers.
type Budget struct {
	options  Options
	policies atomic.Pointer[Policies]
	refusals *ratelimit.Memory
	counts   counts
}

type counts struct{ tooDear, limited, wouldRefuse, spent atomic.Int64 }

// Stats are counts since the start.
type Stats struct {
	TooDear     int64 // operations refused because they exceed what one may cost
	Limited     int64 // operations refused because the budget was used up
	WouldRefuse int64 // operations that would be refused, but Measure allows them
	Spent       int64 // points
}

// New returns a budget.
func New(o Options) *Budget {
	if o.Hold <= 0 {
		o.Hold = time.Minute
	}
	if o.Policies == nil {
		o.Policies = Defaults()
	}
	b := &Budget{options: o, refusals: ratelimit.NewMemory(0)}
	b.policies.Store(o.Policies)
	return b
}

// SetPolicies replaces the budgets. A caller whose policy changes starts with a
// full account.
func (b *Budget) SetPolicies(p *Policies) { b.policies.Store(p) }

// Stats returns the numbers for metrics.
func (b *Budget) Stats() Stats {
	c := &b.counts
	return Stats{c.tooDear.Load(), c.limited.Load(), c.wouldRefuse.Load(), c.spent.Load()}
}

func (b *Budget) mode(p *Policies) Mode {
	if p.Mode != "" {
		return p.Mode
	}
	return b.options.Mode
}

// validateHeader requests only the price. It is GraphQL-Cost in the canonical
// form in which net/http keeps headers.
const validateHeader = "Graphql-Cost"

// shownPaths is how many paths a refusal, or a price without execution, names
// at most.
const shownPaths = 10

// Step keeps the budget of each operation's caller. It comes after the step
// that sets the price.
func (b *Budget) Step(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		policies := b.policies.Load()
		mode := b.mode(policies)
		validate := op.Header.Get(validateHeader) == "validate"
		if mode == Off && !validate {
			next(ctx, op, send)
			return
		}
		s := b.spending(ctx, op, policies)
		if !validate && dryRun(op) {
			s.dry, s.request.Cost = true, 0
		}
		switch {
		case validate:
			send(b.price(ctx, s))
			return
		case s.request.Cost > s.most():
			if mode == Enforce {
				b.counts.tooDear.Add(1)
				send(b.tooDear(s))
				return
			}
			b.counts.wouldRefuse.Add(1)
			// Nothing is reserved, because an account may not hold that much.
			s.request.Cost = 0
		}
		decision, err := b.options.Limiter.Reserve(ctx, s.request)
		switch {
		case err != nil:
			send(operation.Fail(fmt.Errorf("reserve %d points: %w", op.Price, err)))
			return
		case !decision.Allowed && mode == Enforce:
			b.counts.limited.Add(1)
			send(s.limited(decision))
			return
		case !decision.Allowed:
			b.counts.wouldRefuse.Add(1)
		}
		b.run(ctx, s, decision, next, send)
	}
}

// run executes the operation, adds the cost to its responses and settles it.
func (b *Budget) run(ctx context.Context, s spending, decision ratelimit.Decision, next operation.Handler, send operation.Send) {
	op := s.op
	op.Cost = s.cost(decision)
	if s.dry {
		op.Price = 0 // it is not executed
	}
	defer b.settle(op, decision.Allowed && s.request.Cost > 0, ratelimit.Settlement{
		Key: s.request.Key, Policy: s.request.Policy, ID: s.request.ID, Local: decision.Local,
	})
	reserved := int64(0)
	if decision.Allowed {
		reserved = s.request.Cost
	}
	next(ctx, op, func(r *operation.Response) bool {
		if !r.Cache.Public {
			told := *op.Cost
			told.Actual = op.Spent()
			told.Available = min(told.Maximum, told.Available+max(reserved-told.Actual, 0))
			r.Cost = &told
		}
		return send(r)
	})
}

// settle charges what an operation really cost, where something was reserved.
func (b *Budget) settle(op *operation.Operation, reserved bool, t ratelimit.Settlement) {
	t.Cost = op.Spent()
	b.counts.spent.Add(t.Cost)
	if reserved {
		b.options.Settler.Settle(t)
	}
}

// spending is what one operation takes from its caller's account.
type spending struct {
	op      *operation.Operation
	model   *cost.Model
	policy  Policy
	client  Client
	request ratelimit.Request
	dry     bool // only the price is requested
}

func (b *Budget) spending(ctx context.Context, op *operation.Operation, policies *Policies) spending {
	role := b.options.Role(ctx)
	s := spending{op: op, model: b.options.Model, policy: policies.of(role)}
	if len(policies.Clients) > 0 {
		s.client = policies.Clients[operation.ClientName(op.Header)]
	}
	s.request = ratelimit.Request{
		Key: keyOf(op.Caller), Policy: s.policy.account, ID: ratelimit.NewID(), Cost: op.Price,
		Hold: b.options.Hold, Leave: s.client.Leave,
	}
	return s
}

// keyOf is the account of a caller: a user or, if anonymous, an address.
func keyOf(c operation.Caller) string {
	if c.Anonymous() {
		var room [64]byte
		return string(c.Network.AppendTo(append(room[:0], "a:"...)))
	}
	var key [2 + 32]byte
	copy(key[:], "u:")
	hex.Encode(key[2:], c.User[:])
	return string(key[:])
}

// most is the most that this operation may cost.
func (s spending) most() int64 {
	most := min(s.policy.Operation, s.policy.Capacity-s.client.Leave)
	if s.client.Operation > 0 {
		most = min(most, s.client.Operation)
	}
	return most
}

func (s spending) cost(d ratelimit.Decision) *operation.Cost {
	return &operation.Cost{
		Requested: s.op.Price, Maximum: s.policy.Capacity, Available: d.Remaining, Restore: s.policy.Rate,
		Reset: d.ResetAfter, Policy: s.policy.header,
	}
}

// limited refuses an operation until the budget has enough points.
func (s spending) limited(d ratelimit.Decision) *operation.Response {
	r := operation.Fail(apperr.New(apperr.RateLimited,
		"the operation may cost %d points, and %d are left of your budget of %d: try again in %d s",
		s.op.Price, max(d.Remaining, 0), s.policy.Capacity, operation.Seconds(d.RetryAfter)).Retry(d.RetryAfter))
	r.Cost = s.cost(d)
	return r
}

// tooDear refuses an operation that always costs too much.
func (b *Budget) tooDear(s spending) *operation.Response {
	paths := b.options.Model.Of(s.op).Heaviest(s.op.Variables, shownPaths)
	var named []string
	for _, p := range paths[:min(len(paths), 3)] {
		named = append(named, fmt.Sprintf("%s (%d)", orOperation(p.Path), p.Points))
	}
	r := operation.Fail(apperr.New(apperr.CostLimitExceeded,
		"the operation may cost %d points, at most %d are allowed; the dearest paths are %s: ask for shorter lists or fewer fields",
		s.op.Price, s.most(), strings.Join(named, ", ")))
	r.Cost = s.cost(ratelimit.Decision{Remaining: s.policy.Capacity})
	r.Cost.Paths = paths
	return r
}

func orOperation(path string) string {
	if path == "" {
		return "the operation itself"
	}
	return path
}

// price answers with the price and does not execute the operation.
func (b *Budget) price(ctx context.Context, s spending) *operation.Response {
	s.request.Cost = 0
	decision, err := b.options.Limiter.Reserve(ctx, s.request)
	if err != nil {
		return operation.Fail(fmt.Errorf("look at the budget: %w", err))
	}
	told := s.cost(decision)
	told.Paths = b.options.Model.Of(s.op).Heaviest(s.op.Variables, shownPaths)
	return &operation.Response{Data: []byte("null"), Cost: told}
}
