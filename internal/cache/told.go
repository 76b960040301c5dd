package cache

import (
	"math"

	"github.com/weftql/weft/internal/database"
)

// told are the transactions that were told last, in the order of the log. They
// turn a snapshot of the primary into a place in the log, for the order in which
// transactions can be seen is not that of their commits: one that waits for a
// standby is in the log, and cannot be seen when a later one can.
type told struct {
	last    [maxTold]transaction
	n       uint64 // how many there were
	dropped uint32 // the latest id among those that are not in last any more; 0 for none
}

// maxTold is how many transactions are remembered: those that commit while a
// fill reads, at most. With more of them the fill is not kept.
const maxTold = 1024

// transaction is one, and where its commit ends.
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

// forget is for when what comes next does not follow what was told.
func (t *told) forget() { t.n, t.dropped = 0, 0 }

// seen returns the place in the log before which a snapshot has all that was
// told.
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
