package query

import (
	"context"
	"fmt"

	"github.com/weftql/weft/internal/page"
)

// list is an ordered list of an entity's rows, of the whole table or of each
// of many parents.
type list struct {
	from   string // tables with aliases
	parent string // column that holds the parent's id; "" for a list without parents
	order  order  // columns that the list is ordered by, as from names them
	outer  order  // the same by the entity's own alias
	where  func(*builder)
}

// pageOf reads one page of a list without parents.
func pageOf[T any](ctx context.Context, q *Queries, e *entity[T], loader string, l list, p page.Page, columns Columns) ([]*T, error) {
	picked := e.pick(columns)
	b := q.builder()
	b.write("SELECT ", e.list(picked), " FROM ", l.from)
	b.where()
	l.where(b)
	b.within(p, l.order)
	b.ordered(p, l.order)
	found := make([]*T, 0, p.Limit())
	err := scan(ctx, q.db, b.read(loader, 0), picked, p.Limit(), func(v *T) { found = append(found, v) })
	return found, err
}

// pagesOf reads one page for each parent; the result is in the order of the
// parents. It reads about len(parents) × p.Limit() index entries.
//
// On PostgreSQL a LATERAL subquery runs once a parent, and its rows come in
// its own order, parent by parent: a nested loop is the only way to run it.
// SQLite has no LATERAL; there a list of ids is found for each parent, and the
// rows are sorted afterwards.
func pagesOf[T any](ctx context.Context, q *Queries, e *entity[T], loader string, l list, parents []Key, p page.Page, columns Columns) ([][]*T, error) {
	picked := e.pick(columns)
	b := q.builder()
	first := int64(0)
	if b.postgres {
		first = 1
		b.write("SELECT k.ord, x.* FROM unnest(").keys(parents).write(") WITH ORDINALITY AS k(id, ord) CROSS JOIN LATERAL (SELECT ",
			e.list(picked), " FROM ", l.from)
		b.where().and(l.parent, " = k.id")
		l.where(b)
		b.within(p, l.order)
		b.ordered(p, l.order).write(") x")
	} else {
		b.write("SELECT k.key, ", e.list(picked), " FROM json_each(").keys(parents).write(") k JOIN ",
			e.table, " ", e.alias, " ON ", e.alias, ".id IN (SELECT ", l.order.id, " FROM ", l.from)
		b.where().and(l.parent, " = k.value")
		l.where(b)
		b.within(p, l.order)
		direction := ""
		if p.Desc() {
			direction = " DESC"
		}
		b.ordered(p, l.order).write(") ORDER BY k.key, ", l.outer.column, direction, ", ", l.outer.id, direction)
	}
	found := make([][]*T, len(parents))
	var ord int64
	err := scan(ctx, q.db, b.read(loader, len(parents)), picked, len(parents)*p.Limit(), func(v *T) {
		i := ord - first
		if found[i] == nil {
			found[i] = make([]*T, 0, p.Limit())
		}
		found[i] = append(found[i], v)
	}, &ord)
	return found, err
}

// countOf counts a list without parents.
func (q *Queries) countOf(ctx context.Context, loader string, l list) (int, error) {
	b := q.builder()
	b.write("SELECT count(*) FROM ", l.from)
	b.where()
	l.where(b)
	var n int
	err := scan(ctx, q.db, b.read(loader, 0), []column[struct{}](nil), 1, func(*struct{}) {}, &n)
	return n, err
}

// countsOf counts the list of each parent, in the order of the parents.
func (q *Queries) countsOf(ctx context.Context, loader string, l list, parents []Key) ([]int, error) {
	b := q.builder()
	b.write("SELECT ", l.parent, ", count(*) FROM ", l.from)
	b.where().and().anyKey(l.parent, parents)
	l.where(b)
	b.write(" GROUP BY ", l.parent)
	at := make(map[Key]int, len(parents))
	for i, k := range parents {
		if _, repeated := at[k]; repeated {
			return nil, fmt.Errorf("count %s: a parent is asked for twice", loader)
		}
		at[k] = i
	}
	counts := make([]int, len(parents))
	var parent uuidScanner
	var n int
	err := scan(ctx, q.db, b.read(loader, len(parents)), []column[struct{}](nil), 1, func(*struct{}) {
		counts[at[parent.key]] = n
	}, &parent, &n)
	return counts, err
}
