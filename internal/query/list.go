package query

import (
	"context"
	"strconv"

	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/statement"
)

// List is a list of rows of T: where it starts and what it leaves out. It is
// comparable, because equal lists are loaded together.
type List[T any] interface {
	comparable
	// Entity is the entity whose rows the list holds.
	Entity() *Entity[T]
	// Nested reports whether each of many parents has such a list; otherwise it
	// is a root list.
	Nested() bool
	// Loaders returns the names of its loaders for pages and counts, for
	// GraphQL-Explain.
	Loaders() (pages, counts string)
	// Position returns the position of a row in the list, in the given order.
	Position(o page.Order, v *T) page.Position

	// columns are the columns that Position reads.
	columns(o page.Order) Columns
	// sources are the rows that decide what the list holds and in which order.
	sources(o page.Order) []source
	statement(q *Queries, o page.Order) list
}

// list is the parts of a List's statements.
type list struct {
	from   string // tables with aliases
	parent string // column that holds the parent's id; "" for a list without parents
	order  order  // columns that the list is ordered by, with the aliases in from
	outer  order  // the same with the entity's own alias
	where  func(*builder)

	dear bool // pages may read many rows that are not in the list: see database.Read

	// looks is how many rows more a count looks at for each that it counts, in
	// rows of an index.
	looks int

	// index is what a count reads instead of from, if an index holds exactly
	// the list. Then indexed writes all the conditions.
	index   string
	indexed func(*builder)
}

// counted returns what a count reads.
func (l list) counted() (from string, where func(*builder)) {
	if l.index != "" {
		return l.index, l.indexed
	}
	return l.from, l.where
}

// MaxCount is where every count stops: rows are counted one by one, and no one
// should make the database read millions of rows for a number. Prices reckon with
// it: see entity.DefaultCounted.
const MaxCount = 10_000

// Page reads one page of a root list, in reading order and with one row more
// than wanted: see page.Cut.
func Page[T any, L List[T]](ctx context.Context, q *Queries, of L, p page.Page, columns Columns) ([]*T, error) {
	loader, _ := of.Loaders()
	e := of.Entity()
	picked, l := e.pick(columns|of.columns(p.Order)), of.statement(q, p.Order)
	q.noteList(of.sources(p.Order), nil)
	b := q.builder()
	b.dear = l.dear
	b.write("SELECT ", picked.list, " FROM ", l.from)
	b.where()
	l.where(b)
	b.within(p, l.order)
	b.ordered(p, l.order)
	found := make([]*T, 0, p.Limit())
	err := scan(ctx, q.db, b.read(loader, 0), nil, picked, p.Limit(), func(_ place, v *T) { found = append(found, v) })
	NoteFound(q, e, columns|of.columns(p.Order), found...)
	return found, err
}

// Lists are pages of the same list, one for each parent, in their order.
type Lists[T any] struct {
	Rows [][]*T

	// Totals are how many rows each whole list has, up to MaxCount, or -1 where a
	// page without rows does not tell. It is nil if they are not wanted.
	Totals []int
}

// Pages does the same for each parent; the result is in the order of the
// parents. It reads about len(parents) × p.Limit() index entries, and counts the
// lists in the same statement if their totals are wanted.
//
// On PostgreSQL a LATERAL subquery runs once for each parent, and its rows
// arrive in its own order, parent by parent, because only a nested loop can run
// it. SQLite has no LATERAL: there a list of ids is found for each parent, and
// the rows are sorted afterwards.
func Pages[T any, L List[T]](ctx context.Context, q *Queries, of L, parents *Keys, p page.Page, columns Columns) (Lists[T], error) {
	loader, _ := of.Loaders()
	e, l := of.Entity(), of.statement(q, p.Order)
	picked := e.pick(columns | of.columns(p.Order))
	q.noteList(of.sources(p.Order), parents.All())
	b := q.builder()
	b.dear = l.dear || p.Total
	lead := leadNumber
	b.write("SELECT k.ord, ")
	if p.Total {
		lead = leadPair
		b.write("k.total, ")
	}
	if b.postgres {
		b.write("x.* FROM ")
	} else {
		b.write(picked.list, " FROM ")
	}
	if p.Total {
		b.parentsWithTotals(of.statement(q, page.Order{}), parents)
	} else {
		b.parents(parents)
	}
	if b.postgres {
		b.write(" CROSS JOIN LATERAL (SELECT ", picked.list)
	} else {
		b.write(" JOIN ", e.Name, " ", e.Alias, " ON ", e.Alias, ".id IN (SELECT ", l.order.id)
	}
	b.write(" FROM ", l.from)
	b.where().and(l.parent, " = k.id")
	l.where(b)
	b.within(p, l.order)
	b.ordered(p, l.order).write(")")
	if b.postgres {
		b.write(" x")
	} else {
		direction := ""
		if p.Desc() {
			direction = " DESC"
		}
		b.write(" ORDER BY k.ord, ", l.outer.column, direction, ", ", l.outer.id, direction)
	}
	runs := newRuns[T](parents.Len(), p)
	err := scan(ctx, q.db, b.read(loader, parents.Len()), lead, picked, parents.Len()*p.Limit(), func(at place, v *T) {
		runs.add(at.number-1, at.count, v)
	})
	runs.cut()
	NoteFound(q, e, columns|of.columns(p.Order), runs.rows...)
	noteCounted(ctx, loader, l, runs.Totals)
	return runs.Lists, err
}

// parents writes the parents of lists as a table k of their ids and their
// numbers ord, from 1.
func (b *builder) parents(parents *Keys) {
	if b.postgres {
		b.write("unnest(").keys(parents.All()).write(") WITH ORDINALITY AS k(id, ord)")
		return
	}
	b.write("(SELECT key + 1 AS ord, value AS id FROM json_each(").keys(parents.All()).write(")) k")
}

// parentsWithTotals is parents with the total of each one's list too. Its bound,
// which changes nothing, has each list counted once and not for each row of its
// page.
func (b *builder) parentsWithTotals(l list, parents *Keys) {
	b.write("(")
	b.countEach(l, "k.id, k.ord", parents)
	if b.postgres {
		b.write(" OFFSET 0) k")
		return
	}
	b.write(" LIMIT -1) k")
}

// runs collects rows that arrive parent by parent. The rows of all parents
// share one slice.
type runs[T any] struct {
	Lists[T]
	rows   []*T
	parent int64 // the parent whose rows arrive now
	start  int   // index of its first row
}

func newRuns[T any](parents int, p page.Page) *runs[T] {
	r := &runs[T]{parent: -1}
	r.Rows = make([][]*T, parents)
	if p.Total {
		r.Totals = make([]int, parents)
		if p.HasAfter || p.HasUntil {
			for i := range r.Totals {
				r.Totals[i] = -1
			}
		}
	}
	return r
}

func (r *runs[T]) add(parent, total int64, v *T) {
	if parent != r.parent {
		r.cut()
		r.parent, r.start = parent, len(r.rows)
		if r.Totals != nil {
			r.Totals[parent] = int(total)
		}
	}
	r.rows = append(r.rows, v)
}

// cut assigns the collected rows to their parent.
func (r *runs[T]) cut() {
	if r.parent >= 0 {
		own := r.rows[r.start:len(r.rows):len(r.rows)]
		if before := r.Rows[r.parent]; before != nil {
			own = append(before, own...)
		}
		r.Rows[r.parent] = own
	}
}

// Count counts a root list, up to MaxCount.
func Count[T any, L List[T]](ctx context.Context, q *Queries, of L) (int, error) {
	_, loader := of.Loaders()
	l := of.statement(q, page.Order{})
	from, where := l.counted()
	q.noteList(of.sources(page.Order{}), nil)
	n, err := q.boundedCount(ctx, loader, q.builder(), MaxCount, func(b *builder) {
		b.write(" FROM ", from)
		b.where()
		where(b)
	})
	statement.FromContext(ctx).AddExamined(loader, n*l.looks)
	return n, err
}

// boundedCount counts rows up to a bound; from writes FROM and WHERE.
func (q *Queries) boundedCount(ctx context.Context, loader string, b *builder, most int, from func(*builder)) (int, error) {
	b.bounded(most, from)
	b.dear = true
	var n int
	err := scan(ctx, q.db, b.read(loader, 0), leadNumber, (*pick[nothing])(nil), 1, func(at place, _ *nothing) { n = int(at.number) })
	statement.FromContext(ctx).AddExamined(loader, n)
	return n, err
}

// bounded writes a statement that counts rows up to a bound.
func (b *builder) bounded(most int, from func(*builder)) {
	b.write("SELECT count(*) FROM (SELECT 1")
	from(b)
	b.write(" LIMIT ", strconv.Itoa(most), ") bounded")
}

// Counts counts the list of each parent, up to MaxCount. The result is in the
// order of the parents.
func Counts[T any, L List[T]](ctx context.Context, q *Queries, of L, parents *Keys) ([]int, error) {
	_, loader := of.Loaders()
	l := of.statement(q, page.Order{})
	q.noteList(of.sources(page.Order{}), parents.All())
	b := q.builder()
	b.dear = true
	b.countEach(l, "k.ord", parents)
	counts := make([]int, parents.Len())
	err := scan(ctx, q.db, b.read(loader, parents.Len()), leadPair, (*pick[nothing])(nil), parents.Len(), func(at place, _ *nothing) {
		counts[at.number-1] = int(at.count)
	})
	noteCounted(ctx, loader, l, counts)
	return counts, err
}

// noteCounted reports the rows that a statement looked at to count lists.
func noteCounted(ctx context.Context, loader string, l list, totals []int) {
	sum := 0
	for _, n := range totals {
		sum += max(n, 0)
	}
	statement.FromContext(ctx).AddExamined(loader, sum*(1+l.looks))
}

// countEach writes a statement that counts the list of each parent, up to
// MaxCount, as total beside some columns of the parents.
func (b *builder) countEach(l list, columns string, parents *Keys) {
	from, where := l.counted()
	b.write("SELECT ", columns, ", (")
	b.bounded(MaxCount, func(b *builder) {
		b.write(" FROM ", from)
		b.where().and(l.parent, " = k.id")
		where(b)
	})
	b.write(") AS total FROM ").parents(parents)
}
