package row

import (
	"strings"
	"time"
)

// Arena is where the values of one result go: many to an allocation, since all
// of them live as long as the operation.
type Arena struct {
	Rows   int // how many more rows are expected, at least 1
	buffer strings.Builder
	room   int
	texts  Slab[string]
	times  Slab[time.Time]
}

// Sizes in bytes of what is made for texts: the first, and the largest.
const (
	firstRoom = 256
	mostRoom  = 16 << 10
)

// text keeps a copy of b.
func (a *Arena) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if a.buffer.Cap()-a.buffer.Len() < len(b) {
		// What was cut from the buffer before stays as it is.
		a.room = min(max(2*a.room, firstRoom), mostRoom)
		a.buffer = strings.Builder{}
		a.buffer.Grow(max(a.room, len(b)))
	}
	start := a.buffer.Len()
	a.buffer.Write(b)
	return a.buffer.String()[start:]
}

// Slab makes values by the chunk.
type Slab[T any] struct{ free []T }

// chunk is how many values are made at once at most.
const chunk = 64

// Next returns a new value; rows is how many more may be wanted.
func (s *Slab[T]) Next(rows int) *T {
	if len(s.free) == 0 {
		s.free = make([]T, min(max(rows, 1), chunk))
	}
	v := &s.free[0]
	s.free = s.free[1:]
	return v
}
