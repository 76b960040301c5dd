package page

import (
	"slices"

	"github.com/weftql/weft/internal/apperr"
)

// Sizes of a page.
const (
	DefaultSize = 20
	MaxSize     = 100
)

// Args are the arguments of a connection as the client sent them.
type Args struct {
	First, Last   *int
	After, Before *string
}

// Page is which part of an ordered list is wanted. It is comparable: equal
// pages of one list are one statement.
type Page struct {
	Order    Order
	Size     int  // rows wanted, 0 to MaxSize
	Backward bool // from the end: the last Size rows before Before
	HasAfter bool // After is set
	HasUntil bool // Before is set
	Total    bool // how many rows the whole list has is wanted too
	After    Position
	Before   Position
}

// Parse checks the arguments of a list. The error is a BAD_USER_INPUT that names
// every argument at fault.
func (a Args) Parse(list List, order Order) (Page, error) {
	p := Page{Order: order, Size: DefaultSize}
	var faults apperr.Faults
	size := func(path string, n int) {
		if n < 0 || n > MaxSize {
			faults.Add(path, "takes 0 to %d, not %d", MaxSize, n)
		}
		p.Size = n
	}
	switch {
	case a.First != nil && a.Last != nil:
		faults.Add("last", "is not taken together with `first`; send one of them")
	case a.First != nil:
		size("first", *a.First)
	case a.Last != nil:
		p.Backward = true
		size("last", *a.Last)
	}
	var err error
	if a.After != nil {
		p.HasAfter = true
		if p.After, err = order.position(list, *a.After); err != nil {
			faults.Add("after", "%s", err.Error())
		}
	}
	if a.Before != nil {
		p.HasUntil = true
		if p.Before, err = order.position(list, *a.Before); err != nil {
			faults.Add("before", "%s", err.Error())
		}
	}
	return p, faults.Err()
}

// Limit is how many rows a statement reads: one more than wanted, which tells
// whether there is a further page.
func (p Page) Limit() int { return p.Size + 1 }

// Desc is the direction in which a statement reads: against the order's for
// pages from the end.
func (p Page) Desc() bool { return p.Order.Desc != p.Backward }

// Info is where a page lies in its list.
type Info struct {
	HasNext, HasPrevious bool

	// Total is how many rows the whole list has, if the page tells: if Counted.
	Total   int
	Counted bool
}

// Tells sets how many rows the whole list has; -1 if that is not known.
func (i *Info) Tells(total int) {
	if i.Counted = total >= 0; i.Counted {
		i.Total = total
	}
}

// Cut takes the rows that a statement brought, in the order that it read
// them, and returns the page's rows in the list's order.
//
// Whether there is more on the side that the page was not read towards is
// known only by the cursor, as the Relay specification allows: a page after a
// cursor has something before it.
func Cut[T any](p Page, rows []T) ([]T, Info) {
	more := len(rows) > p.Size
	if more {
		rows = rows[:p.Size]
	}
	if p.Backward {
		slices.Reverse(rows)
		return rows, Info{HasPrevious: more, HasNext: p.HasUntil}
	}
	return rows, Info{HasNext: more, HasPrevious: p.HasAfter}
}
