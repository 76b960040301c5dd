package cache

import (
	"math"

	"github.com/weftql/weft/internal/database"
)

// told are the last reported transactions, in the order of the log. They turn a
// snapshot of the primary into a position in the log, because transactions do
// not become visible in the order of their commits: one that waits for a
// standby is in the log already, but stays invisible when a later one is
// visible.
type told struct {
	last    [maxTold]transaction
	n       uint64 // how many were added
	dropped uint32 // the latest id that last no longer holds; 0 for none
}

// maxTold is how many transactions are remembered, so it bounds those that may
// commit during a fill. If there are more, the fill is not kept.
const maxTold = 1024

// transaction is a transaction and where its commit ends.
type transaction struct {
	lsn uint64
	xid uint32
}

func (t *told) add(at transaction) {
	slot := &t.last[t.n%maxTold]
	if t.n >= maxTold && (t.dropped == 0 || int32(slot.xid-t.dropped) > 0) {
		t.dropped = slot.xid
	}
	*slot = at
	t.n++
}

// forget is called when the next event does not follow the last one.
func (t *told) forget() { t.n, t.dropped = 0, 0 }

// seen returns the position in the log up to which a snapshot has all reported
// transactions.
func (t *told) seen(s database.Snapshot) uint64 {
	if t.dropped != 0 && !s.HasAllTo(t.dropped) {
		return 0
	}
	for i := t.n - min(t.n, maxTold); i < t.n; i++ {
		if at := t.last[i%maxTold]; !s.Sees(at.xid) {
			return at.lsn - 1
		}
	}
	return math.MaxUint64
}
