package query

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/page"
)

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

// NoteFound notes rows that are in an answer, of which some columns were read:
// rows that a noted statement found, or cached ones. So a vote does not touch an
// answer that does not show the score.
func NoteFound[T any](q *Queries, e *Entity[T], columns Columns, found ...*T) {
	if q.notes == nil {
		return
	}
	ids := make([]Key, len(found))
	for i, v := range found {
		ids[i] = e.Key(v)
	}
	if e.counter != 0 && columns&e.counter == 0 {
		q.notes.AddRest(e.Name, ids...)
		return
	}
	q.notes.AddRows(e.Name, ids...)
}

// Apart returns a reader for the same viewer that notes what it reads in r.
func (q *Queries) Apart(r *depend.Recorder) *Queries {
	return &Queries{db: q.db, asks: q.asks, named: q.named, notes: r}
}

// Note notes what a reader that was apart has noted.
func (q *Queries) Note(r *depend.Recorder) { q.notes.Add(r) }

// NoteNoted notes what a kept value depends on, for which no statement ran.
func (q *Queries) NoteNoted(n depend.Noted) { q.notes.AddNoted(n) }

// PageDepends is what one parent's page of a list depends on; of a count, rows
// are none.
func PageDepends[T any, L List[T]](of L, o page.Order, columns Columns, parent Key, rows []*T) depend.Noted {
	return depends(of.Entity(), of.sources(o), columns|of.columns(o), parent, rows)
}

// TagsDepend is what the tags of a post depend on.
func TagsDepend(post Key, tags []*ent.Tag) depend.Noted {
	return depends(Tags, tagsOfPost, 0, post, tags)
}

func depends[T any](e *Entity[T], sources []source, columns Columns, parent Key, rows []*T) depend.Noted {
	var r depend.Recorder
	q := Queries{notes: &r}
	q.noteList(sources, []Key{parent})
	if len(rows) > 0 {
		NoteFound(&q, e, columns, rows...)
	}
	return r.Noted()
}
