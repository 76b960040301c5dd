package database

import (
	"context"
	"database/sql"
	"sync"
)

// maxPlans bounds the prepared statements, each of which a connection may hold
// a copy of. The reading statements of the server are fewer; what comes beyond
// is prepared each time.
const maxPlans = 512

// planCache keeps the reading statements of SQLite prepared: parsing and
// planning costs more than reading a few rows.
type planCache struct {
	db    *sql.DB
	mu    sync.RWMutex
	plans map[string]*sql.Stmt
}

func newPlanCache(db *sql.DB) *planCache {
	return &planCache{db: db, plans: map[string]*sql.Stmt{}}
}

func (p *planCache) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	stmt, err := p.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return p.db.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// prepare returns nil when the cache is full or closed.
func (p *planCache) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.RLock()
	stmt, full := p.plans[query], p.plans == nil || len(p.plans) >= maxPlans
	p.mu.RUnlock()
	if stmt != nil || full {
		return stmt, nil
	}
	stmt, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.plans[query]; known != nil || p.plans == nil {
		_ = stmt.Close() // nobody has used it
		return known, nil
	}
	p.plans[query] = stmt
	return stmt, nil
}

func (p *planCache) close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, stmt := range p.plans {
		_ = stmt.Close() // closing the database, which follows, frees it in any case
	}
	p.plans = nil
}
