package query

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"sync"

	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/row"
)

// Columns is a set of an entity's columns; package table names them.
type Columns = row.Columns

// Entity is a table whose rows are read, and the rule for who may see them.
type Entity[T any] struct {
	row.Table[T]
	visible rule
	open    open[T]
	kept    bool
	hashed  bool    // on PostgreSQL an index finds an id by its hash
	counter Columns // that changes often and by itself: see package entity
	heavy   Columns
	byID    string // name of its loader, as GraphQL-Explain shows it
	codec   *row.Codec
	picks   sync.Map // of *pick[T], by Columns: there are few
}

// rule adds the condition that the viewer may see a row.
type rule func(*Queries, *builder)

// everybody sees every row.
var everybody rule

func entity[T any](t row.Table[T], visible rule) *Entity[T] {
	e := &Entity[T]{Table: t, visible: visible, byID: t.Type + "ByID", codec: t.Codec()}
	decode := e.codec.Decode
	e.codec.Decode = func(b []byte) (any, Columns, int, error) {
		v, columns, bytes, err := decode(b)
		if err == nil && (columns&e.open.needs != e.open.needs || !e.Open(v.(*T))) {
			err = errNotOpen
		}
		return v, columns, bytes, err
	}
	for i, c := range t.Columns {
		if c.Name == table.Counters[t.Name] {
			e.counter = 1 << i
		}
	}
	return e
}

var errNotOpen = errors.New("a row that not everybody sees")

// open says which rows everybody sees: such a row, found by its id, is the same
// for all viewers. needs are the columns that the function to looks at.
type open[T any] struct {
	needs Columns
	to    func(*T) bool // nil: there are none
}

// everybodySees sets which rows everybody sees, whatever the rule says.
func (e *Entity[T]) everybodySees(needs Columns, to func(*T) bool) *Entity[T] {
	e.open = open[T]{needs, to}
	return e
}

// keep allows caching rows that everybody sees, by their ids. Heavy columns are
// not cached unless they are requested.
func (e *Entity[T]) keep(heavy Columns) *Entity[T] {
	e.kept, e.heavy = true, heavy
	return e
}

// hash says that on PostgreSQL a hash index finds the rows by their ids.
func (e *Entity[T]) hash() *Entity[T] {
	e.hashed = true
	return e
}

// Kept reports whether rows may be cached by their ids.
func (e *Entity[T]) Kept() bool { return e.kept }

// Codec encodes rows for caches. It decodes only rows that everybody sees: who
// encoded them may have had another rule.
func (e *Entity[T]) Codec() *row.Codec { return e.codec }

// Wide returns the columns to read of a row that will be cached, so that it
// serves other fields too.
func (e *Entity[T]) Wide(columns Columns) Columns {
	return columns | (1<<len(e.Columns)-1)&^e.heavy
}

// Open reports whether everybody sees a row. The row must have the columns of
// Wide.
func (e *Entity[T]) Open(v *T) bool { return e.visible == nil || e.open.to != nil && e.open.to(v) }

// show adds the condition that the viewer may see a row.
func (e *Entity[T]) show(q *Queries, b *builder) {
	if e.visible != nil {
		e.visible(q, b)
	}
}

// ByIDLoader is the name of the loader of rows by id.
func (e *Entity[T]) ByIDLoader() string { return e.byID }

// pick is some of an entity's columns.
type pick[T any] struct {
	columns []row.Column[T]
	list    string // as in a SELECT

	postgres, sqlite lookups
}

// pick returns the columns of the set. The id is always among them; it is the
// first column of every table.
func (e *Entity[T]) pick(set Columns) *pick[T] {
	set = set&(1<<len(e.Columns)-1) | 1
	if known, ok := e.picks.Load(set); ok {
		return known.(*pick[T])
	}
	p := &pick[T]{columns: make([]row.Column[T], 0, bits.OnesCount64(uint64(set)))}
	var list strings.Builder
	for i, c := range e.Columns {
		if set&(1<<i) == 0 {
			continue
		}
		if len(p.columns) > 0 {
			list.WriteString(", ")
		}
		list.WriteString(e.Alias + "." + c.Name)
		p.columns = append(p.columns, c)
	}
	p.list = list.String()
	p.postgres, p.sqlite = e.lookups(p.list, true), e.lookups(p.list, false)
	known, _ := e.picks.LoadOrStore(set, p)
	return known.(*pick[T])
}

// place is what may come before an entity's columns in a row: the number of its
// parent, or its key, or a rank or count.
type place struct {
	number int64
	key    Key
	count  int64
}

// The columns that come first in a row.
var (
	leadNumber = []row.Column[place]{row.Number("", func(p *place) *int64 { return &p.number })}
	leadKey    = []row.Column[place]{row.UUID("", func(p *place) *Key { return &p.key })}
	leadCount  = append(leadKey[:1:1], leadNumber...)
	leadPair   = append(leadNumber[:1:1], row.Number("", func(p *place) *int64 { return &p.count }))
)

// nothing is an entity without columns: its rows are only a place.
type nothing = struct{}

// scan runs a statement whose rows are the lead columns followed by the picked
// ones, and calls each for every row. The next row overwrites the place. hint is
// the expected number of rows.
func scan[T any](ctx context.Context, db Database, read database.Read, lead []row.Column[place], picked *pick[T], hint int, each func(place, *T)) error {
	err := scanOnce(ctx, db, read, lead, picked, hint, each)
	if database.IsMoved(err) { // none of its rows was used
		return scanOnce(ctx, db, read, lead, picked, hint, each)
	}
	return err
}

// scanOnce is scan on one database. A replica may fail in the middle of the
// rows, so its rows are used only when all have arrived.
func scanOnce[T any](ctx context.Context, db Database, read database.Read, lead []row.Column[place], picked *pick[T], hint int, each func(place, *T)) error {
	rows, err := db.Query(ctx, read)
	if err != nil {
		return fmt.Errorf("query %s: %w", read.Loader, err)
	}
	defer rows.Close()
	var columns []row.Column[T]
	if picked != nil {
		columns = picked.columns
	}
	arena := &row.Arena{Rows: hint}
	var values row.Slab[T]
	var at place
	var kept []keptRow[T]
	var source row.Source = rows
	keep := rows.Provisional()
	if keep {
		kept = make([]keptRow[T], 0, min(hint, maxHint))
	}
	for rows.Next() {
		v := values.Next(arena.Rows)
		if err := row.From(source, lead, columns, &at, v, arena); err != nil {
			return fmt.Errorf("scan %s: %w", read.Loader, err)
		}
		if keep {
			kept = append(kept, keptRow[T]{at, v})
		} else {
			each(at, v)
		}
		arena.Rows--
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", read.Loader, err)
	}
	for _, r := range kept {
		each(r.place, r.value)
	}
	return nil
}

type keptRow[T any] struct {
	place place
	value *T
}

// maxHint bounds how many rows memory is allocated for before the first arrives.
const maxHint = 1024
