// Package query holds every statement that reads: rows by key, the first N of
// each of K parents, counts, search. Each is written for PostgreSQL and for
// SQLite, reads only the columns that are wanted, and carries the conditions
// that keep a row from whoever may not see it.
//
// It neither batches nor remembers: graph/loader gathers the keys. Changes are
// in internal/content.
package query

import (
	"context"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/row"
)

// Key is the UUID of a row or of a parent.
type Key = row.Key

// Database runs the statements.
type Database interface {
	Dialect() string
	Query(ctx context.Context, read database.Read) (database.Rows, error)
}

// Queries reads from one database for one viewer.
type Queries struct {
	db    Database
	asks  auth.Viewer      // who asks: see viewer
	notes *depend.Recorder // nil: nobody wants to know what was read
}

// New returns the reader of db for viewer.
func New(db Database, viewer auth.Viewer) *Queries {
	return &Queries{db: db, asks: viewer}
}

// As returns the reader of the same database for another viewer.
func (q *Queries) As(viewer auth.Viewer) *Queries { return New(q.db, viewer) }

// Noting has it note what its answers depend on. It returns q.
func (q *Queries) Noting(r *depend.Recorder) *Queries {
	q.notes = r
	return q
}

// viewer returns for whom it reads. What is read then depends on who asks.
func (q *Queries) viewer() auth.Viewer {
	q.notes.ByViewer()
	return q.asks
}

func (q *Queries) postgres() bool { return q.db.Dialect() == dialect.Postgres }

func (q *Queries) builder() *builder {
	b := &builder{postgres: q.postgres()}
	b.sql.Grow(usualSQL)
	return b
}

// usualSQL is how many bytes the texts of most statements take.
const usualSQL = 256
