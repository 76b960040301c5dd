package executor

import (
	"sync"
	"sync/atomic"
	"weak"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// planKey is a parsed operation (gqlgen's query cache keeps it by its text) and the values of its conditions.
type planKey struct {
	op   *ast.OperationDefinition
	mask uint64
}

// planCache keeps the plans that were used recently. It evicts with the clock algorithm, so that a hit takes only a read lock and reorders
// no list.
type planCache struct {
	mu    sync.RWMutex
	size  int
	scans map[*ast.OperationDefinition]*scan
	plans map[planKey]*cachedPlan
	ring  []*cachedPlan
	hand  int

	// seen are the operations that were executed once. The pointers are weak, so that they keep no syntax tree alive. A plan is only kept when
	// its operation comes a second time: without a query cache no operation does, and keeping plans would be useless.
	seen map[weak.Pointer[ast.OperationDefinition]]struct{}
	news []weak.Pointer[ast.OperationDefinition] // the operations in seen, as a ring
	next int
}

type cachedPlan struct {
	key  planKey
	plan *plan
	used atomic.Bool
}

func newPlanCache(size int) *planCache {
	return &planCache{
		size:  max(size, 0),
		scans: map[*ast.OperationDefinition]*scan{},
		plans: map[planKey]*cachedPlan{},
		seen:  map[weak.Pointer[ast.OperationDefinition]]struct{}{},
	}
}

// foreignPlan is the plan of an operation that gqlgen executes, with the reason.
func foreignPlan(reason string) *plan { return &plan{foreign: reason} }

// plan finds or makes the plan of an operation.
func (s *schema) plan(op *graphql.OperationContext) *plan {
	sc, hit := s.plans.get(op)
	if hit != nil {
		return hit
	}
	if sc == nil {
		sc = scanOperation(s.bindings, op.Doc, op.Operation)
	}
	mask, ok := sc.mask(op)
	switch {
	case sc.foreign != "":
		return foreignPlan(sc.foreign)
	case !ok:
		return foreignPlan("a variable of @skip or @include is no boolean")
	}
	return s.plans.add(planKey{op.Operation, mask}, sc, newPlan(s.bindings, op, sc, mask))
}

func (c *planCache) get(op *graphql.OperationContext) (*scan, *plan) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	sc := c.scans[op.Operation]
	if sc == nil {
		return nil, nil
	}
	mask, ok := sc.mask(op)
	hit := c.plans[planKey{op.Operation, mask}]
	if hit == nil || !ok {
		return sc, nil
	}
	if !hit.used.Load() {
		hit.used.Store(true)
	}
	return sc, hit.plan
}

// isNew records an operation, and reports whether it came for the first time.
func (c *planCache) isNew(op *ast.OperationDefinition) bool {
	p := weak.Make(op)
	if _, again := c.seen[p]; again {
		return false
	}
	if len(c.news) < c.size {
		c.news = append(c.news, p)
	} else {
		delete(c.seen, c.news[c.next])
		c.news[c.next] = p
		c.next = (c.next + 1) % c.size
	}
	c.seen[p] = struct{}{}
	return true
}

// add keeps a plan at the operation's second use, unless another request was faster. It returns the plan to use.
func (c *planCache) add(key planKey, sc *scan, p *plan) *plan {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size == 0 || c.isNew(key.op) {
		return p
	}
	if quicker := c.plans[key]; quicker != nil {
		return quicker.plan
	}
	entry := &cachedPlan{key: key, plan: p}
	if len(c.ring) < c.size {
		c.ring = append(c.ring, entry)
	} else {
		for c.ring[c.hand].used.Swap(false) {
			c.hand = (c.hand + 1) % c.size
		}
		c.forget(c.ring[c.hand])
		c.ring[c.hand] = entry
		c.hand = (c.hand + 1) % c.size
	}
	c.plans[key] = entry
	if known := c.scans[key.op]; known != nil {
		sc = known
	}
	c.scans[key.op] = sc
	sc.plans++
	return p
}

// forget drops a plan and, with an operation's last plan, the operation's scan.
func (c *planCache) forget(old *cachedPlan) {
	delete(c.plans, old.key)
	sc := c.scans[old.key.op]
	if sc.plans--; sc.plans == 0 {
		delete(c.scans, old.key.op)
	}
}
