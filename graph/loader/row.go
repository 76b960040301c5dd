package loader

import (
	"context"

	"github.com/weftql/weft/internal/query"
)

// ByID returns the rows with these ids; nil where there is none that the
// viewer may see.
func ByID[T any](ctx context.Context, of *query.Entity[T], ids []query.Key, columns query.Columns) ([]*T, error) {
	l, name := FromContext(ctx), of.ByIDLoader()
	return get(ctx, l, ids, identity{name: name, columns: columns}, func(ctx context.Context, ids *query.Keys) ([]*T, error) {
		return query.ByID(ctx, l.Query, of, name, ids, columns)
	})
}
