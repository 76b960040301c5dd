package database

import (
	"context"
	"database/sql"
	"sync"

	"github.com/maypok86/otter/v2"
)

// maxPlans bounds the prepared statements, each of which a connection may hold
// a copy of. The reading statements that are in use are fewer.
const maxPlans = 512

// planCache keeps the reading statements of SQLite prepared, those that are used
// most: parsing and planning costs more than reading a few rows.
type planCache struct {
	db    *sql.DB
	plans *otter.Cache[string, *plan]
}

// plan is a prepared statement, which is closed when the cache drops it.
type plan struct {
	mu   sync.RWMutex // held for reading while a query starts
	stmt *sql.Stmt    // nil once closed
}

func newPlanCache(db *sql.DB) *planCache {
	return &planCache{db, otter.Must(&otter.Options[string, *plan]{
		MaximumSize: maxPlans,
		OnDeletion:  func(e otter.DeletionEvent[string, *plan]) { e.Value.close() },
	})}
}

func (p *planCache) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	known, ok := p.plans.GetIfPresent(query)
	if !ok {
		stmt, err := p.db.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		fresh := &plan{stmt: stmt}
		if known, ok = p.plans.SetIfAbsent(query, fresh); ok {
			known = fresh
		} else {
			fresh.close() // nobody has used it
		}
	}
	known.mu.RLock()
	defer known.mu.RUnlock()
	if known.stmt == nil { // it was dropped just now
		return p.db.QueryContext(ctx, query, args...)
	}
	return known.stmt.QueryContext(ctx, args...)
}

// close closes the statement; rows that are being read keep it until they end.
func (p *plan) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stmt != nil {
		_ = p.stmt.Close() // closing the database frees it in any case
		p.stmt = nil
	}
}

func (p *planCache) close() {
	if p == nil {
		return
	}
	for plan := range p.plans.Values() {
		plan.close()
	}
}
