// Package position names places in the log of the primary: where a write
// ended, and how far a replica or a reader of the log has come.
//
// It compares and prints them. Who may rely on which is decided by those who
// read and write: see docs/architecture.md.
package position

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Position is a place in the primary's log (WAL). The zero value is before all
// others.
//
// SQLite has no log to look at. There a position is the counter that each
// write raises, as an LSN of timeline 1.
type Position struct {
	Timeline uint32 // a promotion begins a new one
	LSN      uint64
}

// Unknown is the position of a write that was committed but could not be asked
// for its position. No timeline has the number 0, so nothing has reached it,
// and whoever waits for it reads the primary.
var Unknown = Position{Timeline: 0, LSN: math.MaxUint64}

// OfCounter is the position that SQLite's counter stands for.
func OfCounter(n uint64) Position { return Position{Timeline: 1, LSN: n} }

// IsZero reports whether p is before all others.
func (p Position) IsZero() bool { return p == Position{} }

// Compare orders positions by timeline and LSN. Only positions of one timeline
// say something of each other: a later timeline may lack what an earlier one
// had.
func (p Position) Compare(q Position) int {
	if p == Unknown || q == Unknown {
		return cmp.Compare(p.LSN, q.LSN)
	}
	return cmp.Or(cmp.Compare(p.Timeline, q.Timeline), cmp.Compare(p.LSN, q.LSN))
}

// Reached reports whether p, where a reader is, is at or past q on q's
// timeline.
func (p Position) Reached(q Position) bool {
	return q.IsZero() || p.Timeline == q.Timeline && p.LSN >= q.LSN
}

// String writes the timeline and then the LSN as PostgreSQL does: "1/0/16B3748".
func (p Position) String() string { return fmt.Sprintf("%d/%s", p.Timeline, p.LSNText()) }

// LSNText writes the LSN alone as PostgreSQL does: "0/16B3748".
func (p Position) LSNText() string { return fmt.Sprintf("%X/%X", p.LSN>>32, uint32(p.LSN)) }

// ParseLSN reads an LSN as PostgreSQL writes it: "0/16B3748".
func ParseLSN(s string) (uint64, error) {
	high, low, ok := strings.Cut(s, "/")
	h, errHigh := strconv.ParseUint(high, 16, 32)
	l, errLow := strconv.ParseUint(low, 16, 32)
	if !ok || errHigh != nil || errLow != nil {
		return 0, fmt.Errorf("read LSN: %q is none", s)
	}
	return h<<32 | l, nil
}
