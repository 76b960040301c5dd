package graph

import (
	"context"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/query"
)

// selected returns the columns that the current field's selection needs of the
// objects of one type.
func selected[T any](ctx context.Context, e *query.Entity[T]) query.Columns {
	return executor.Memo(executor.FieldFromContext(ctx), columnsKey(e.Type), func(f *executor.Field) query.Columns {
		return columnsOf(f, e)
	})
}

// columnsKey is what the columns of a type are remembered by.
type columnsKey string

func columnsOf[T any](f *executor.Field, e *query.Entity[T], paths ...string) query.Columns {
	var columns query.Columns
	for child := range f.Fields(e.Type, paths...) {
		columns |= e.Fields[child.Name()]
	}
	return columns
}

// wanted is what the selection on a connection needs.
type wanted struct {
	rows    bool // whether the page is read at all: not for totalCount alone
	total   bool // whether totalCount is selected
	columns query.Columns
}

// wantedKey is what the needs of a connection are remembered by.
type wantedKey string

// wants returns what the selection of the current field, a connection, needs
// of the objects of one type.
func wants[T any](ctx context.Context, e *query.Entity[T]) wanted {
	return executor.Memo(executor.FieldFromContext(ctx), wantedKey(e.Type), func(f *executor.Field) wanted {
		return wanted{
			rows:    f.Selects("nodes", "edges", "pageInfo"),
			total:   f.Selects("totalCount"),
			columns: columnsOf(f, e, "nodes", "edges.node"),
		}
	})
}
