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

// What happens to rows.
const (
	Insert Op = "i"
	Update Op = "u"
	Delete Op = "d"
)

// Change is what a transaction did to a row, or to rows that are below the same
// parents, or to a table.
type Change struct {
	Table string `json:"t"`

	// Op is what happened; "" is anything, to any rows of the table, and then
	// there is nothing more.
	Op Op `json:"o,omitempty"`

	// ID is the row's, as text; "" is any row that Refs allows.
	ID string `json:"i,omitempty"`

	// Columns are those that an update set.
	Columns []string `json:"c,omitempty"`

	// Refs are the foreign keys of the row, before and after, by column: they say
	// in which lists it is. One that has changed or is not known is "", and one
	// that is NULL is missing. Nil says nothing of any.
	Refs map[string]string `json:"r,omitempty"`
}

// Kind is what an event tells.
type Kind int

// The kinds of events.
const (
	// Changed tells of one transaction.
	Changed Kind = iota
	// Cut tells that nothing is heard any more.
	Cut
	// Whole tells that from its position on everything is heard again. What was
	// committed between the last event and this one is not told.
	Whole
)

// Event is what a subscriber gets.
type Event struct {
	Kind Kind

	// Position is the end of the transaction's commit, or where the feed is
	// whole from.
	Position position.Position

	// XID is the transaction's id on PostgreSQL, in the form of its log: the
	// lower 32 bits. pg_current_snapshot says whether a read saw it.
	XID uint32

	// Committed is when it was committed, by the clock of PostgreSQL; zero where
	// nobody says so.
	Committed time.Time

	// Changes are what it changed, in no order. All says that it is not known:
	// anything may have.
	Changes []Change
	All     bool
}

// Concerns reports whether a row of the table has changed, or may have.
func (e Event) Concerns(table string) bool {
	return e.All || e.Kind != Changed || slices.ContainsFunc(e.Changes, func(c Change) bool { return c.Table == table })
}

// maxChanges bounds the rows of one table that a transaction names; beyond them
// it names the table.
const maxChanges = 100

// message is what goes through the log, as JSON.
type message struct {
	Changes []Change `json:"changes"`
}

// Encode makes the message of what a transaction announced, which are Changes.
// It is for Message of database.Options.
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

// decode reads a message. What cannot be read may have come from another
// version of the program.
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
