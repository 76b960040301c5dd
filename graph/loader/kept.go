package loader

import (
	"context"

	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/row"
	"github.com/weftql/weft/internal/statement"
)

// lists says how what is read of a list is kept for each parent.
type lists[V any] struct {
	load func(context.Context, *query.Queries, *query.Keys) ([]V, error)
	// depends returns what the value of one parent depends on.
	depends func(parent query.Key, v V) depend.Noted
	// own returns a copy that shares no memory with what was read beside it, and
	// how many bytes it takes.
	own func(V) (V, int)
}

// keptLists takes what is kept of the lists, reads the others by one statement,
// and keeps what does not depend on who asks. So a change of one list of an
// object does not have the others read again.
func keptLists[V any](ctx context.Context, l *Loaders, id identity, parents *query.Keys, of lists[V]) ([]V, error) {
	if l.rows == nil || !l.rows.Usable(ctx) {
		return of.load(ctx, l.Query, parents)
	}
	values := make([]V, parents.Len())
	var missing query.Keys
	var places []int
	for i, p := range parents.All() {
		kept, depends, ok := l.rows.GetList(id, p)
		if !ok {
			missing.Add(p)
			places = append(places, i)
			continue
		}
		values[i] = kept.(V)
		l.Query.NoteNoted(depends)
	}
	recorder := statement.FromContext(ctx)
	level, paths := recorder.Where(ctx)
	recorder.AddKept(statement.Kept{Loader: id.name, Keys: parents.Len(), Hits: parents.Len() - missing.Len(), Level: level, Paths: paths})
	if missing.Len() == 0 {
		return values, nil
	}
	var notes depend.Recorder
	keep := l.rows.Start(ctx)
	read, err := of.load(ctx, l.Query.Apart(&notes), &missing)
	if err != nil {
		return nil, err
	}
	l.Query.Note(&notes)
	for i, v := range read {
		values[places[i]] = v
	}
	if !keep || notes.NotedViewer() {
		return values, nil
	}
	put := l.rows.Keeper(ctx, id)
	for i, p := range missing.All() {
		own, bytes := of.own(read[i])
		put(p, own, of.depends(p, own), bytes+id.text())
	}
	return values, nil
}

// text is how many bytes of a caller's text are in an identity, so that what is
// kept under it counts with them.
func (id identity) text() (bytes int) {
	switch list := id.list.(type) {
	case string:
		return len(list)
	case query.PostList:
		for _, tag := range list.Tags {
			bytes += len(tag)
		}
	}
	return bytes
}

// ownRows returns copies of rows.
func ownRows[T any](rows []*T) (own []*T, bytes int) {
	if rows == nil {
		return nil, 0
	}
	own = make([]*T, len(rows))
	for i, v := range rows {
		var n int
		own[i], n = row.Clone(v)
		bytes += n + 8
	}
	return own, bytes
}
