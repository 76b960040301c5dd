package query

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
	q.notes.Statement()
	for _, s := range sources {
		if s.parent != (Key{}) {
			q.notes.AddList(s.table, s.ref, []Key{s.parent}, s.columns...)
		} else {
			q.notes.AddList(s.table, s.ref, parents, s.columns...)
		}
	}
}

// noteFound notes rows that are in an answer: found by a statement that is noted,
// or kept.
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

// NoteKept notes rows of an answer that were kept, for which no statement ran.
func NoteKept[T any](q *Queries, e *Entity[T], rows []*T) { noteFound(q, e, rows...) }
