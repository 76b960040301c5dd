// Package page is the arithmetic of Relay connections: it checks the
// arguments of a list, writes and reads cursors, and turns the rows that a
// statement brought into a page. It runs no SQL and knows no entity.
package page

import (
	"time"

	"github.com/google/uuid"
)

// Field is what a list is ordered by. Rows that are equal in it follow each
// other by id.
type Field uint8

// The fields, each with the kind of its values.
const (
	CreatedAt   Field = iota + 1 // time
	PublishedAt                  // time
	Score                        // whole number
	Username                     // text, lower case
	Name                         // text, lower case
	Rank                         // whole number: relevance, see internal/query
	UpdatedAt                    // time
)

// Kind is the type of a field's values.
type Kind uint8

// The kinds.
const (
	Time Kind = iota
	Int
	Text
)

// Kind returns the type of the field's values.
func (f Field) Kind() Kind {
	switch f {
	case Score, Rank:
		return Int
	case Username, Name:
		return Text
	default:
		return Time
	}
}

// Order is how a list runs.
type Order struct {
	Field Field
	Desc  bool
}

// Newest is the order of a list by creation, the latest first.
func Newest() Order { return Order{Field: CreatedAt, Desc: true} }

// Position is a row's place in an ordered list: its value of the order's
// field and its id. Int holds whole numbers, and times in microseconds since
// 1970.
type Position struct {
	Int  int64
	Text string
	ID   uuid.UUID
}

// AtTime returns the position of a row in a list ordered by a time.
func AtTime(t time.Time, id uuid.UUID) Position { return Position{Int: t.UnixMicro(), ID: id} }

// AtInt returns the position of a row in a list ordered by a number.
func AtInt(n int64, id uuid.UUID) Position { return Position{Int: n, ID: id} }

// AtText returns the position of a row in a list ordered by text.
func AtText(s string, id uuid.UUID) Position { return Position{Text: s, ID: id} }

// Value returns what a statement compares the order's column with.
func (p Position) Value(kind Kind) any {
	switch kind {
	case Int:
		return p.Int
	case Text:
		return p.Text
	default:
		return time.UnixMicro(p.Int).UTC()
	}
}
