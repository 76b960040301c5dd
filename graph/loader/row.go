package loader

import (
	"context"

	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/row"
	"github.com/weftql/weft/internal/statement"
)

// ByID returns the rows with these ids; nil where there is none that the
// viewer may see.
func ByID[T any](ctx context.Context, of *query.Entity[T], ids []query.Key, columns query.Columns) ([]*T, error) {
	l, name := FromContext(ctx), of.ByIDLoader()
	return get(ctx, l, ids, identity{name: name, columns: columns}, func(ctx context.Context, ids *query.Keys) ([]*T, error) {
		if l.rows == nil || !of.Kept() || !l.rows.Usable(ctx) {
			return query.ByID(ctx, l.Query, of, ids, columns)
		}
		return keptByID(ctx, l, of, ids, columns)
	})
}

// keptByID takes the rows that are kept, reads the others by one statement, and
// keeps those that everybody sees.
func keptByID[T any](ctx context.Context, l *Loaders, of *query.Entity[T], ids *query.Keys, columns query.Columns) ([]*T, error) {
	found := make([]*T, ids.Len())
	hits := make([]*T, 0, ids.Len())
	var missing query.Keys
	var places []int
	kept, shared := l.rows.Find(ctx, of.Codec(), ids.All(), columns)
	for i, id := range ids.All() {
		if v, ok := kept[i].(*T); ok {
			found[i] = v
			hits = append(hits, v)
			continue
		}
		missing.Add(id)
		places = append(places, i)
	}
	query.NoteFound(l.Query, of, columns, hits...)
	name := of.ByIDLoader()
	recorder := statement.FromContext(ctx)
	level, paths := recorder.Where(ctx)
	recorder.AddKept(statement.Kept{Loader: name, Keys: ids.Len(), Hits: len(hits), Shared: shared, Level: level, Paths: paths})
	if missing.Len() == 0 {
		return found, nil
	}
	wide := of.Wide(columns)
	keep := l.rows.Start(ctx)
	read, err := query.ByID(ctx, l.Query, of, &missing, wide)
	if err != nil {
		return nil, err
	}
	for i, v := range read {
		found[places[i]] = v
		if keep && v != nil && of.Open(v) {
			own, bytes := row.Clone(v)
			l.rows.Put(ctx, of.Codec(), of.Key(v), own, wide|1, bytes)
		}
	}
	return found, nil
}
