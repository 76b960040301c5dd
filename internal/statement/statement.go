// Package statement records the SQL statements that one operation runs: what
// ran, for how many keys, how many rows came back, how long it took and which
// database served it.
//
// It runs nothing itself. Whoever executes SQL (internal/database) reports to
// the Recorder in the context; the log line, GraphQL-Explain and the tests
// that count statements read it.
package statement

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Statement is one statement as it was run. SQL holds placeholders only, never
// values.
type Statement struct {
	Loader   string        // who asked: "Post.author", "Query.posts", "createPost"
	SQL      string        // text with placeholders
	Keys     int           // parents or ids it was run for; 0 where there are none
	Rows     int           // rows it returned or changed
	Examined int           // rows more that it looked at, such as those that it counted
	Duration time.Duration // until the last row was read
	Database string        // "primary", "sqlite", or the name of a replica
	Reason   string        // why that database; "" where there was no choice
	Level    int           // how many resolvers are above those who asked, from 0
	Paths    []string      // of the fields that asked, in order; none outside of the execution
}

// Recorder collects the statements of one operation. The zero value counts
// only; set Keep to retain the statements themselves. Its methods are safe for
// concurrent use.
type Recorder struct {
	Keep bool

	// Place tells where in the operation a context belongs; nil if nobody knows.
	// It is asked only if Keep is set.
	Place func(context.Context) (Place, bool)

	mu         sync.Mutex
	count      int
	examined   int64
	statements []Statement
	kept       []Kept
}

// Kept is what a loader had of rows that were kept.
type Kept struct {
	Loader string
	Keys   int // that it was asked for
	Hits   int // of them that were kept
	Shared int // of the hits, those that another instance had read
	Level  int
	Paths  []string // as in Statement
}

// AddKept reports rows that were kept.
func (r *Recorder) AddKept(k Kept) {
	if r == nil || !r.Keep {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, k)
}

// Add reports a statement that has ended, successfully or not.
func (r *Recorder) Add(s Statement) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	if r.Keep {
		r.statements = append(r.statements, s)
	}
}

// AddExamined reports rows that the last statement of a loader looked at and did
// not return, such as those that it counted.
func (r *Recorder) AddExamined(loader string, rows int) {
	if r == nil || rows == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.examined += int64(rows)
	for i, s := range slices.Backward(r.statements) {
		if s.Loader == loader {
			r.statements[i].Examined += rows
			return
		}
	}
}

// ExaminedFor returns how many rows the statements that are kept looked at for the
// field at a path; those that several fields share are for the first.
func (r *Recorder) ExaminedFor(path string) (rows int64) {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.statements {
		if s.Examined > 0 && len(s.Paths) > 0 && s.Paths[0] == path {
			rows += int64(s.Examined)
		}
	}
	return rows
}

// Examined returns how many rows were looked at and not returned.
func (r *Recorder) Examined() int64 {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.examined
}

// Count returns how many statements were reported.
func (r *Recorder) Count() int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// Take returns the statements and the rows that were kept, and forgets them, so
// that the next event of a subscription has its own.
func (r *Recorder) Take() ([]Statement, []Kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	statements, kept := r.statements, r.kept
	r.statements, r.kept = nil, nil
	return statements, kept
}

// Statements returns a copy of what was kept, in the order it was reported.
func (r *Recorder) Statements() []Statement {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Statement(nil), r.statements...)
}

type recorderKey struct{}

// NewContext returns a context whose statements are reported to r.
func NewContext(ctx context.Context, r *Recorder) context.Context {
	return context.WithValue(ctx, recorderKey{}, r)
}

// Value returns r if FromContext would look for it under this key, else nil: for
// a context that carries a recorder among other things.
func (r *Recorder) Value(key any) any {
	if key == (recorderKey{}) {
		return r
	}
	return nil
}

// FromContext returns the context's recorder, or nil, on which every method
// may be called.
func FromContext(ctx context.Context) *Recorder {
	r, _ := ctx.Value(recorderKey{}).(*Recorder)
	return r
}
