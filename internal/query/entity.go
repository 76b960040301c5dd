package query

import (
	"context"
	"fmt"
	"math/bits"
	"strings"

	"github.com/weftql/weft/internal/database"
)

// Columns is a set of an entity's columns, by their place in its table of
// columns.
type Columns uint32

// column is one column: its name and where a scan puts it.
type column[T any] struct {
	name string
	dest func(*T) any
}

// entity tells how rows of one table become values of T.
type entity[T any] struct {
	table   string
	alias   string
	columns []column[T]
}

// pick returns the columns of the set; the id, first in every table, is always
// among them.
func (e *entity[T]) pick(set Columns) []column[T] {
	set |= 1
	picked := make([]column[T], 0, bits.OnesCount32(uint32(set)))
	for i, c := range e.columns {
		if set&(1<<i) != 0 {
			picked = append(picked, c)
		}
	}
	return picked
}

// list writes the columns as a SELECT names them.
func (e *entity[T]) list(picked []column[T]) string {
	var s strings.Builder
	for i, c := range picked {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(e.alias)
		s.WriteByte('.')
		s.WriteString(c.name)
	}
	return s.String()
}

// chunk is how many values are made at once when the number of rows is not
// known before.
const chunk = 64

// scan runs a statement whose rows are the lead columns followed by the picked
// ones, and calls each for every row. lead are destinations that each may read
// and that the next row overwrites. hint is how many rows are expected.
func scan[T any](ctx context.Context, db Database, read database.Read, picked []column[T], hint int, each func(*T), lead ...any) error {
	rows, err := db.Query(ctx, read)
	if err != nil {
		return fmt.Errorf("query %s: %w", read.Loader, err)
	}
	defer rows.Close()
	dest := append(make([]any, 0, len(lead)+len(picked)), lead...)
	var slab []T
	for rows.Next() {
		if len(slab) == 0 {
			slab = make([]T, min(max(hint, 1), chunk))
		}
		v := &slab[0]
		slab = slab[1:]
		dest = dest[:len(lead)]
		for _, c := range picked {
			dest = append(dest, c.dest(v))
		}
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("scan %s: %w", read.Loader, err)
		}
		each(v)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", read.Loader, err)
	}
	return nil
}

// byKey reads the rows of e with these ids, in any order; ids that do not
// exist bring none. more adds conditions.
func byKey[T any](ctx context.Context, q *Queries, e *entity[T], loader string, ids []Key, columns Columns, more func(*builder)) ([]*T, error) {
	picked := e.pick(columns)
	b := q.builder()
	b.write("SELECT ", e.list(picked), " FROM ", e.table, " ", e.alias)
	b.and().anyKey(e.alias+".id", ids)
	if more != nil {
		more(b)
	}
	found := make([]*T, 0, len(ids))
	err := scan(ctx, q.db, b.read(loader, len(ids)), picked, len(ids), func(v *T) { found = append(found, v) })
	return found, err
}
