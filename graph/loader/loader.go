// Package loader collects what the fields of one operation want to read, so
// that each access path costs one statement for all its parents.
//
// A resolver asks with the keys of every object that it was handed and gets
// the values in the order of the keys. Between the resolver and the statement
// (internal/query) is a dataloader (executor/dataloader) whose unit is what one
// field wants, and which takes each key once: all fields of a level load
// together, and where the executor asks for one object at a time, those that
// ask within Window.
package loader

import (
	"context"
	"sync"
	"time"

	v7 "github.com/graph-gophers/dataloader/v7"

	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/row"
	"github.com/weftql/weft/internal/statement"
)

// Window is how long a loader waits for the requests of further lists when an
// executor asks for one list at a time. Breadth-first execution asks once for a
// whole level, and then nothing waits.
const Window = 2 * time.Millisecond

// Loaders are the loaders of one operation and one viewer; in a mutation each
// root field has its own.
type Loaders struct {
	Query *query.Queries
	rows  Rows // nil: none are kept
	place func(context.Context) (statement.Place, bool)

	mu      sync.Mutex
	loaders []known // few, so that to look at each is quicker than a map of keys that are so large
	room    [4]known
}

// New returns the loaders of one operation.
func New(q *query.Queries) *Loaders {
	l := &Loaders{Query: q}
	l.loaders = l.room[:0]
	return l
}

// Rows are rows that are kept, for one operation; package rowcache has them.
type Rows interface {
	// Usable reports whether they are new enough.
	Usable(ctx context.Context) bool
	// Find returns the rows with these ids that are kept with these columns, nil
	// for the others. Nobody changes them. shared is how many of them another
	// instance had read.
	Find(ctx context.Context, of *row.Codec, ids []query.Key, columns query.Columns) (found []any, shared int)
	// Start is called before rows are read, and reports whether Put may be given
	// them.
	Start(ctx context.Context) bool
	Put(ctx context.Context, of *row.Codec, id query.Key, row any, columns query.Columns, bytes int)
	// GetList returns what is kept of a list below a parent, which nobody changes,
	// and what it depends on.
	GetList(list any, parent query.Key) (value any, depends depend.Noted, ok bool)
	// Keeper returns what keeps values that were read of a list since Start.
	Keeper(ctx context.Context, list any) func(parent query.Key, value any, depends depend.Noted, bytes int)
}

// Keeping has l look for rows among those that are kept. It returns l.
func (l *Loaders) Keeping(rows Rows) *Loaders {
	l.rows = rows
	return l
}

// Placing has l note where in the operation its batches were asked for; nil if
// nobody wants to know. It returns l.
func (l *Loaders) Placing(place func(context.Context) (statement.Place, bool)) *Loaders {
	l.place = place
	return l
}

type contextKey struct{}

// NewContext returns a context that carries l.
func NewContext(ctx context.Context, l *Loaders) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// Value returns l if FromContext would look for it under this key, else nil: for
// a context that carries loaders among other things.
func (l *Loaders) Value(key any) any {
	if key == (contextKey{}) {
		return l
	}
	return nil
}

// FromContext returns the operation's loaders. It panics when there are none:
// that is a fault in the wiring, not of a request.
func FromContext(ctx context.Context) *Loaders {
	return ctx.Value(contextKey{}).(*Loaders)
}

// Slice is one page of a list.
type Slice[T any] struct {
	Rows []*T
	page.Info
}

// identity tells one loader from another: what it loads, by which key, which
// page and which columns. Fields of a level that agree in all of it load
// together.
//
// Nothing is remembered from one level for another. Were it, the number of
// statements would depend on what an earlier field happened to load; so it
// depends on the document alone.
type identity struct {
	name    string
	list    any
	page    page.Page
	columns query.Columns
}

// known is a loader that was asked for.
type known struct {
	identity
	loader any // v7.Interface[*request, []V]
}

// get returns one value for each key, in their order.
func get[V any](ctx context.Context, l *Loaders, keys []query.Key, id identity, load fetch[V]) ([]V, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	request := &request{keys: keys}
	if l.place != nil {
		request.place, request.placed = l.place(ctx)
	}
	return shared(l, id, load).Load(ctx, request)()
}

func shared[V any](l *Loaders, id identity, load fetch[V]) v7.Interface[*request, []V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.loaders {
		if l.loaders[i].identity == id {
			return l.loaders[i].loader.(v7.Interface[*request, []V])
		}
	}
	made := newJoined(load)
	l.loaders = append(l.loaders, known{id, made})
	return made
}

// cut makes pages of the rows that a statement read for each parent.
func cut[T any](p page.Page, read query.Lists[T]) []Slice[T] {
	slices := make([]Slice[T], len(read.Rows))
	for i, rows := range read.Rows {
		slices[i].Rows, slices[i].Info = page.Cut(p, rows)
		if read.Totals != nil {
			slices[i].Tells(read.Totals[i])
		}
	}
	return slices
}
