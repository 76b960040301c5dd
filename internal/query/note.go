package query

import "github.com/weftql/weft/internal/depend"

// What a statement reads is noted beside it, for caches: see package depend. A
// statement without a note keeps its answer out of them.

// source is a set of rows that decides what is in a list: those of a table that
// have one of the list's parents in the column ref, or one parent of its own,
// or all where ref is "". columns are those that matter beside that rows come
// and go.
type source struct {
	table, ref string
	parent     Key // zero: the list's parents
	columns    []string
}

// noteList notes a statement that reads a list.
func (q *Queries) noteList(sources []source, parents []Key) {
	if q.notes == nil {
		return
	}
	tables := make([]string, len(sources))
	for i, s := range sources {
		tables[i] = s.table
		if s.parent != (Key{}) {
			q.notes.AddList(s.table, s.ref, []Key{s.parent}, s.columns...)
		} else {
			q.notes.AddList(s.table, s.ref, parents, s.columns...)
		}
	}
	q.notes.Statement(tables...)
}

// noteRows notes a statement that reads rows by their ids, whether there are
// such rows or not.
func (q *Queries) noteRows(table string, ids []Key) {
	if q.notes == nil {
		return
	}
	q.notes.Add(depend.AnyRow(table))
	for _, id := range ids {
		q.notes.Add(depend.Row(table, id))
	}
	q.notes.Statement(table)
}

// NoteKept notes rows of an answer that were kept, for which no statement ran.
func NoteKept[T any](q *Queries, e *Entity[T], rows []*T) { noteFound(q, e, rows) }

// noteMissing notes that there was no row with one of the ids.
func (q *Queries) noteMissing(table string) { q.notes.Add(depend.All(table, "")) }

// noteFound notes the rows that a statement found.
func noteFound[T any](q *Queries, e *Entity[T], found []*T) {
	if q.notes == nil {
		return
	}
	q.notes.Add(depend.AnyRow(e.Name))
	for _, v := range found {
		q.notes.Add(depend.Row(e.Name, e.Key(v)))
	}
	q.notes.Tables(e.Name)
}
