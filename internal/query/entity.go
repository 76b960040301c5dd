package query

import (
	"context"
	"fmt"
	"math/bits"
	"strings"
	"sync"

	"github.com/weftql/weft/internal/database"
)

// Columns is a set of an entity's columns, by their place in its table of
// columns.
type Columns uint32

// entity tells how rows of one table become values of T.
type entity[T any] struct {
	table   string
	alias   string
	columns []column[T]
	picks   sync.Map // of *pick[T], by Columns: there are few
}

// pick is some of an entity's columns.
type pick[T any] struct {
	columns []column[T]
	list    string // as a SELECT names them

	postgres, sqlite lookups
}

// pick returns the columns of the set; the id, first in every table, is always
// among them.
func (e *entity[T]) pick(set Columns) *pick[T] {
	set = set&(1<<len(e.columns)-1) | 1
	if known, ok := e.picks.Load(set); ok {
		return known.(*pick[T])
	}
	p := &pick[T]{columns: make([]column[T], 0, bits.OnesCount32(uint32(set)))}
	var list strings.Builder
	for i, c := range e.columns {
		if set&(1<<i) == 0 {
			continue
		}
		if len(p.columns) > 0 {
			list.WriteString(", ")
		}
		list.WriteString(e.alias + "." + c.name)
		p.columns = append(p.columns, c)
	}
	p.list = list.String()
	p.postgres, p.sqlite = e.lookups(p.list, true), e.lookups(p.list, false)
	known, _ := e.picks.LoadOrStore(set, p)
	return known.(*pick[T])
}

// place is what may stand in a row before an entity's columns: the number of
// its parent, or its key, or a rank or count.
type place struct {
	number int64
	key    Key
}

// What leads a row.
var (
	leadNumber = []column[place]{number("", func(p *place) *int64 { return &p.number })}
	leadKey    = []column[place]{key("", func(p *place) *Key { return &p.key })}
	leadCount  = append(leadKey[:1:1], leadNumber...)
)

// nothing is an entity whose rows are all place.
type nothing = struct{}

// scan runs a statement whose rows are the lead columns followed by the picked
// ones, and calls each for every row, with a place that the next row
// overwrites. hint is how many rows are expected.
func scan[T any](ctx context.Context, db Database, read database.Read, lead []column[place], picked *pick[T], hint int, each func(place, *T)) error {
	rows, err := db.Query(ctx, read)
	if err != nil {
		return fmt.Errorf("query %s: %w", read.Loader, err)
	}
	defer rows.Close()
	var columns []column[T]
	if picked != nil {
		columns = picked.columns
	}
	m := &memory{rows: hint}
	var values slab[T]
	var at place
	for rows.Next() {
		v := values.next(m.rows)
		if raw := rows.Raw(); raw != nil {
			err = readRow(raw, lead, columns, &at, v, m)
		} else {
			err = scanRow(rows, lead, columns, &at, v)
		}
		if err != nil {
			return fmt.Errorf("scan %s: %w", read.Loader, err)
		}
		each(at, v)
		m.rows--
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", read.Loader, err)
	}
	return nil
}

func readRow[T any](raw [][]byte, lead []column[place], columns []column[T], at *place, v *T, m *memory) error {
	if len(raw) != len(lead)+len(columns) {
		return fmt.Errorf("got %d columns, not %d", len(raw), len(lead)+len(columns))
	}
	for i := range lead {
		if err := lead[i].read(at, raw[i], m); err != nil {
			return err
		}
	}
	raw = raw[len(lead):]
	for i := range columns {
		if err := columns[i].read(v, raw[i], m); err != nil {
			return fmt.Errorf("column %s: %w", columns[i].name, err)
		}
	}
	return nil
}

func scanRow[T any](rows database.Rows, lead []column[place], columns []column[T], at *place, v *T) error {
	dest := make([]any, 0, len(lead)+len(columns))
	for i := range lead {
		dest = append(dest, lead[i].dest(at))
	}
	for i := range columns {
		dest = append(dest, columns[i].dest(v))
	}
	return rows.Scan(dest...)
}
