package depend

import (
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
}

// Statement notes that a statement reads from tables. One that is not noted
// makes the answer depend on what nobody knows: see Statements.
func (r *Recorder) Statement(tables ...string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements++
	r.addTables(tables)
}

// Tables notes tables that a statement which is noted reads too.
func (r *Recorder) Tables(tables ...string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addTables(tables)
}

func (r *Recorder) addTables(tables []string) {
	if r.tables == nil {
		r.tables = map[string]struct{}{}
	}
	for _, t := range tables {
		r.tables[t] = struct{}{}
	}
}

// Add notes keys.
func (r *Recorder) Add(keys ...Key) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = make(map[Key]struct{}, 2*len(keys))
	}
	for _, k := range keys {
		if len(r.keys) > MaxKeys {
			return
		}
		r.keys[k] = struct{}{}
	}
}

// AddList notes the list of the rows of a table that have one of the parents in
// the column ref, or of all rows where ref is "". columns are those that decide
// what is in the list and in which order.
func (r *Recorder) AddList(table, ref string, parents [][16]byte, columns ...string) {
	if r == nil {
		return
	}
	columns = append([]string{""}, columns...)
	for _, c := range columns {
		if ref == "" {
			r.Add(All(table, c))
			continue
		}
		r.Add(UnderAny(table, ref, c))
		for _, p := range parents {
			r.Add(Under(table, ref, p, c))
		}
	}
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

// Noted is what a recorder has noted.
type Noted struct {
	Keys       []Key // sorted, each once
	Statements int   // how many were noted
	ByViewer   bool  // whether it mattered who asks
	Tables     []string
}

// Noted returns what was noted.
func (r *Recorder) Noted() Noted {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := Noted{Statements: r.statements, ByViewer: r.viewer}
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
