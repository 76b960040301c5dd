package query

// Caches need to know what a statement reads, so that is noted beside it: see
// package depend. The answer of a statement without a note is not cached.

// source is a set of rows that decides what is in a list: the rows of a table
// that have one of the list's parents in the column ref, or that have parent
// there, or all rows if ref is "". A change of columns matters too, besides
// rows that are added or removed.
type source struct {
	table, ref string
	parent     Key // zero means the list's parents
	columns    []string
}

// noteList notes a statement that reads a list.
func (q *Queries) noteList(sources []source, parents []Key) {
	q.notes.Statement()
	for _, s := range sources {
		if s.parent != (Key{}) {
			q.notes.AddList(s.table, s.ref, []Key{s.parent}, s.columns...)
		} else {
			q.notes.AddList(s.table, s.ref, parents, s.columns...)
		}
	}
}

// noteFound notes rows that are in an answer: rows that a noted statement
// found, or cached ones.
func noteFound[T any](q *Queries, e *Entity[T], found ...*T) {
	if q.notes == nil {
		return
	}
	ids := make([]Key, len(found))
	for i, v := range found {
		ids[i] = e.Key(v)
	}
	q.notes.AddRows(e.Name, ids...)
}

// NoteKept notes cached rows of an answer, for which no statement ran.
func NoteKept[T any](q *Queries, e *Entity[T], rows []*T) {
	if len(rows) > 0 {
		noteFound(q, e, rows...)
		q.notes.Kept()
	}
}
