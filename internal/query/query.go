// Package query holds every statement that reads: rows by key, the first N of
// each of K parents, counts, search. Each is written for PostgreSQL and for
// SQLite, reads only the requested columns, and has the conditions that hide a
// row from viewers who may not see it.
//
// It neither batches nor caches: graph/loader collects the keys. Changes are in
// internal/content; only the statement of InsertComment is here, because it
// needs the same conditions.
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
	asks  auth.Viewer      // who asks; read it through viewer
	notes *depend.Recorder // nil: what is read is not noted
	named string           // what all statements are reported as; "": each as its loader
}

// New returns the reader of db for viewer.
func New(db Database, viewer auth.Viewer) *Queries {
	return &Queries{db: db, asks: viewer}
}

// As returns the reader of the same database for another viewer.
func (q *Queries) As(viewer auth.Viewer) *Queries { return New(q.db, viewer) }

// Noting makes q note what its answers depend on. It returns q.
func (q *Queries) Noting(r *depend.Recorder) *Queries {
	q.notes = r
	return q
}

// Named reports all statements of q under one name, such as "viewer", where no
// loader asks. It returns q.
func (q *Queries) Named(name string) *Queries {
	q.named = name
	return q
}

// viewer returns the viewer, and notes that what is read depends on who asks.
func (q *Queries) viewer() auth.Viewer {
	q.notes.ByViewer()
	return q.asks
}

func (q *Queries) postgres() bool { return q.db.Dialect() == dialect.Postgres }

func (q *Queries) builder() *builder {
	b := &builder{postgres: q.postgres(), named: q.named}
	b.sql.Grow(usualSQL)
	return b
}

// usualSQL is how many bytes the text of most statements has.
const usualSQL = 256
