package query

import (
	"cmp"
	"context"
	"slices"

	"github.com/weftql/weft/internal/database"
)

// lookups are the statements that read some columns of rows by id. They are the
// most frequent ones and always the same, so their texts are kept.
//
// A single id has its own statement: with an array PostgreSQL finds a better
// plan once it knows the length, and so plans each time, which takes longer
// than reading the row.
//
// A hash index knows no arrays, so where there is one PostgreSQL goes through the
// array and looks up each id. It visits a page of the index an id, however many
// rows there are, where the tree of the primary key has three or four. Without
// the index, the array as a condition is quicker.
type lookups struct{ one, many string }

func (e *Entity[T]) lookups(list string, postgres bool) lookups {
	id := e.Alias + ".id"
	from := func(from ...string) *builder {
		return (&builder{postgres: postgres}).write("SELECT ", list, " FROM ").write(from...)
	}
	one := from(e.Name, " ", e.Alias, " WHERE ", id, " = ").id(Key{})
	var many *builder
	if postgres && e.hashed {
		many = from("unnest(").keys(nil).write(") AS k(id) JOIN ", e.Name, " ", e.Alias, " ON ", id, " = k.id")
	} else {
		many = from(e.Name, " ", e.Alias, " WHERE ")
		many.anyKey(id, nil)
	}
	return lookups{one: one.sql.String(), many: many.sql.String()}
}

// lookup is the statement that reads the rows with these ids.
func (p *pick[T]) lookup(q *Queries, loader string, ids *Keys) database.Read {
	postgres := q.postgres()
	texts := p.sqlite
	if postgres {
		texts = p.postgres
	}
	if ids.Len() == 1 {
		return database.Read{Loader: loader, Keys: 1, SQL: texts.one, Args: []any{keyArg(ids.All()[0], postgres)}}
	}
	return database.Read{Loader: loader, Keys: ids.Len(), SQL: texts.many, Args: []any{keysArg(ids.All(), postgres)}}
}

// ByID reads the rows with the given ids, in the order of the ids. A row is nil
// if it does not exist or the viewer may not see it.
func ByID[T any](ctx context.Context, q *Queries, e *Entity[T], ids *Keys, columns Columns) ([]*T, error) {
	noted := q
	if q.notes != nil && e.open.to != nil {
		// The rows show whether the result depends on the viewer.
		columns |= e.open.needs
		q = &Queries{db: q.db, asks: q.asks, named: q.named}
	}
	picked := e.pick(columns)
	read := picked.lookup(q, cmp.Or(q.named, e.byID), ids)
	if e.visible != nil {
		b := q.builder()
		b.write(read.SQL)
		b.args, b.terms = read.Args, 1
		e.show(q, b)
		read = b.read(e.byID, ids.Len())
	}
	noted.notes.Statement()
	noted.notes.AddRows(e.Name, ids.All()...)
	found := make([]*T, ids.Len())
	err := scan(ctx, q.db, read, nil, picked, ids.Len(), func(_ place, v *T) {
		if i, ok := ids.At(e.Key(v)); ok {
			found[i] = v
		}
	})
	if noted.notes == nil {
		return found, err
	}
	if slices.Contains(found, nil) {
		noted.notes.AddColumn(e.Name, "")
	}
	if e.open.to != nil && slices.ContainsFunc(found, func(v *T) bool { return v == nil || !e.open.to(v) }) {
		e.show(noted, noted.builder()) // only for its notes
	}
	return found, err
}
