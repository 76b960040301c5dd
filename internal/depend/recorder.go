package depend

import (
	"iter"
	"maps"
	"slices"
	"sync"
)

// MaxKeys bounds what one answer depends on. One that reads more depends on all
// of its tables, each as a whole.
const MaxKeys = 2_000

// Recorder notes what one operation reads. The zero value has noted nothing. Its
// methods are safe for concurrent use and do nothing on nil.
type Recorder struct {
	mu         sync.Mutex
	keys       map[Key]struct{}
	tables     map[string]struct{}
	statements int
	viewer     bool
	since      uint64 // see Noted; 0: nothing kept is among it
}

// Statement notes that a statement is noted. An operation that runs another one
// depends on what nobody knows.
func (r *Recorder) Statement() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements++
}

// add notes keys of a table, and that the table is read.
func (r *Recorder) add(table string, keys ...Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys, r.tables = make(map[Key]struct{}, 2*len(keys)), map[string]struct{}{}
	}
	r.tables[table] = struct{}{}
	for _, k := range keys {
		if len(r.keys) > MaxKeys {
			return
		}
		r.keys[k] = struct{}{}
	}
}

// AddRows notes rows by their ids, whether there are such rows or not.
func (r *Recorder) AddRows(table string, ids ...[16]byte) { r.addRows(Row, table, ids) }

// AddRest notes rows of which the counter of the table is not read.
func (r *Recorder) AddRest(table string, ids ...[16]byte) { r.addRows(Rest, table, ids) }

func (r *Recorder) addRows(key func(string, [16]byte) Key, table string, ids [][16]byte) {
	if r == nil {
		return
	}
	keys := make([]Key, 0, len(ids)+1)
	keys = append(keys, AnyRow(table))
	for _, id := range ids {
		keys = append(keys, key(table, id))
	}
	r.add(table, keys...)
}

// AddColumn notes a column of all rows of a table; with "" that rows come and
// go.
func (r *Recorder) AddColumn(table, column string) {
	if r != nil {
		r.add(table, All(table, column))
	}
}

// AddList notes the list of the rows of a table that have one of the parents in
// the column ref, or of all rows where ref is "". columns are those that decide
// what is in the list and in which order, beside that rows come and go.
func (r *Recorder) AddList(table, ref string, parents [][16]byte, columns ...string) {
	if r == nil {
		return
	}
	keys := make([]Key, 0, (len(columns)+1)*(len(parents)+1))
	for _, c := range append([]string{""}, columns...) {
		if ref == "" {
			keys = append(keys, All(table, c))
			continue
		}
		keys = append(keys, UnderAny(table, ref, c))
		for _, p := range parents {
			keys = append(keys, Under(table, ref, p, c))
		}
	}
	r.add(table, keys...)
}

// ByViewer notes that it mattered who asks.
func (r *Recorder) ByViewer() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.viewer = true
}

// Kept notes that something was kept, and good when all changes up to a place in
// the log were heard.
func (r *Recorder) Kept(heard uint64) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since == 0 || heard < r.since {
		r.since = heard
	}
}

// Add notes all that another recorder has noted.
func (r *Recorder) Add(other *Recorder) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements += other.statements
	r.viewer = r.viewer || other.viewer
	r.merge(maps.Keys(other.keys), maps.Keys(other.tables))
}

// AddNoted notes what something that is kept depends on. It counts no statement,
// for none runs.
func (r *Recorder) AddNoted(n Noted) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.viewer = r.viewer || n.ByViewer
	r.merge(slices.Values(n.Keys), slices.Values(n.Tables))
}

func (r *Recorder) merge(keys iter.Seq[Key], tables iter.Seq[string]) {
	if r.keys == nil {
		r.keys, r.tables = map[Key]struct{}{}, map[string]struct{}{}
	}
	for t := range tables {
		r.tables[t] = struct{}{}
	}
	for k := range keys {
		if len(r.keys) > MaxKeys {
			return
		}
		r.keys[k] = struct{}{}
	}
}

// NotedViewer reports whether it was noted that it mattered who asks.
func (r *Recorder) NotedViewer() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.viewer
}

// Noted is what a recorder has noted.
type Noted struct {
	Keys       []Key // sorted, each once
	Statements int   // how many were noted
	ByViewer   bool  // whether it mattered who asks
	Tables     []string

	// Since is a place in the log if something is among it that was kept: changes
	// that were heard up to there are in it, and later ones may not be, whatever
	// the statements saw. 0 if everything was read by statements.
	Since uint64
}

// Noted returns what was noted.
func (r *Recorder) Noted() Noted {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := Noted{Statements: r.statements, ByViewer: r.viewer, Since: r.since}
	if len(r.keys) > MaxKeys {
		for t := range r.tables {
			n.Keys = append(n.Keys, Table(t))
		}
	} else {
		n.Keys = slices.AppendSeq(make([]Key, 0, len(r.keys)+len(r.tables)), maps.Keys(r.keys))
	}
	for t := range r.tables {
		n.Keys = append(n.Keys, Whole(t))
		n.Tables = append(n.Tables, t)
	}
	slices.Sort(n.Keys)
	n.Keys = slices.Compact(n.Keys)
	return n
}
