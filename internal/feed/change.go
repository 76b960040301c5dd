package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weftql/weft/internal/position"
)

// Op is what happened to a row.
type Op string

// The kinds of changes.
const (
	Insert Op = "i"
	Update Op = "u"
	Delete Op = "d"
)

// Change is what a transaction did to one row, to rows with the same parents,
// or to a table.
type Change struct {
	Table string `json:"t"`

	// Op is what happened. If it is "", anything may have happened to any rows
	// of the table, and the other fields are empty.
	Op Op `json:"o,omitempty"`

	// ID is the row's id as text; "" means any row that Refs allows.
	ID string `json:"i,omitempty"`

	// Columns are the columns that an update set.
	Columns []string `json:"c,omitempty"`

	// Refs are the foreign keys of the row, before and after, by column: they
	// say which lists the row is in. The value is "" if it has changed or is
	// unknown; a NULL key is missing. If Refs is nil, nothing is known about
	// any key.
	Refs map[string]string `json:"r,omitempty"`
}

// Kind is what an event reports.
type Kind int

// The kinds of events.
const (
	// Changed reports one transaction.
	Changed Kind = iota
	// Cut reports that from now on changes are missed.
	Cut
	// Whole reports that from its position on no changes are missed. Those
	// committed between the last event and this one are not reported.
	Whole
)

// Event is what a subscriber receives.
type Event struct {
	Kind Kind

	// Position is the end of the transaction's commit or, for Whole, where the
	// feed begins again.
	Position position.Position

	// XID is the transaction's id on PostgreSQL, in the form of its log: the
	// lower 32 bits. pg_current_snapshot says whether a read saw it.
	XID uint32

	// Committed is when it was committed, by PostgreSQL's clock; zero if that
	// is unknown.
	Committed time.Time

	// Changes are what it changed, in no order. If All is set this is unknown,
	// and anything may have changed.
	Changes []Change
	All     bool
}

// Concerns reports whether a row of the table has changed or may have changed.
func (e Event) Concerns(table string) bool {
	return e.All || e.Kind != Changed || slices.ContainsFunc(e.Changes, func(c Change) bool { return c.Table == table })
}

// maxChanges bounds how many rows of one table a transaction names; with more
// it names only the table.
const maxChanges = 100

// message is what is written to the log, as JSON.
type message struct {
	Changes []Change `json:"changes"`
}

// Encode returns the message for what a transaction announced, which must be
// Changes. It is for Message of database.Options.
func Encode(_ context.Context, announced []any) ([]byte, error) {
	tables := map[string]int{}
	changes := make([]Change, 0, len(announced))
	for _, a := range announced {
		c, ok := a.(Change)
		if !ok {
			return nil, fmt.Errorf("a transaction announces %T, which is no feed.Change", a)
		}
		changes = append(changes, c)
		tables[c.Table]++
		if c.Op == "" {
			tables[c.Table] = maxChanges + 1
		}
	}
	kept := changes[:0]
	for _, c := range changes {
		switch n := tables[c.Table]; {
		case n > maxChanges:
			kept = append(kept, Change{Table: c.Table})
			tables[c.Table] = -1
		case n >= 0:
			kept = append(kept, c)
		}
	}
	return json.Marshal(message{kept})
}

var errEmpty = errors.New("it names no table")

// decode reads a message. One that cannot be read may come from another version
// of the program.
func decode(text []byte) ([]Change, error) {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	for _, c := range m.Changes {
		if c.Table == "" {
			return nil, errEmpty
		}
	}
	return m.Changes, nil
}
