package operation

import (
	"strconv"
	"time"
)

// Cost is what an operation costs, in points, and what is left of its caller's
// budget.
type Cost struct {
	Requested int64 // the most it can cost
	Actual    int64 // what it really cost

	Maximum   int64         // the size of the caller's budget
	Available int64         // what is left of it now
	Restore   int64         // points a second that come back
	Reset     time.Duration // until the budget is full again

	// Policy is the value of the header RateLimit-Policy.
	Policy string

	// Paths are the most expensive paths of the operation, if the client asked for
	// them.
	Paths []PathCost
}

// PathCost is what one path of an operation costs.
type PathCost struct {
	Path    string `json:"path"`    // dotted response keys; "" for the operation itself
	Points  int64  `json:"points"`  // without the paths below it
	Objects int64  `json:"objects"` // the most it can return
}

// AppendJSON appends extensions.cost.
func (c *Cost) AppendJSON(dst []byte) []byte {
	number := func(name string, n int64) {
		dst = append(dst, name...)
		dst = strconv.AppendInt(dst, n, 10)
	}
	number(`{"requestedQueryCost":`, c.Requested)
	number(`,"actualQueryCost":`, c.Actual)
	number(`,"throttleStatus":{"maximumAvailable":`, c.Maximum)
	number(`,"currentlyAvailable":`, c.Available)
	number(`,"restoreRate":`, c.Restore)
	dst = append(dst, '}')
	if c.Paths != nil {
		dst = append(dst, `,"paths":[`...)
		for i, p := range c.Paths {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, `{"path":`...)
			dst = strconv.AppendQuote(dst, p.Path) // names, dots and digits
			number(`,"points":`, p.Points)
			number(`,"objects":`, p.Objects)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// MarshalJSON implements json.Marshaler.
func (c *Cost) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// RateLimit is the value of the header RateLimit, after the IETF draft
// "RateLimit header fields for HTTP": the points left, and the seconds until
// the budget is full.
func (c *Cost) RateLimit() string {
	dst := append(make([]byte, 0, 40), `"points";r=`...)
	dst = strconv.AppendInt(dst, max(c.Available, 0), 10)
	dst = append(dst, ";t="...)
	return string(strconv.AppendInt(dst, int64((c.Reset+time.Second-1)/time.Second), 10))
}
