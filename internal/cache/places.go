package cache

import (
	"sync/atomic"

	"github.com/weftql/weft/internal/depend"
)

// slots is how many slots places has, of 8 bytes each. Writes fill them at some
// ten a write, and what is kept should outlive a minute of a thousand writes a
// second.
const slots = 1 << 20

// places are where in the log each key has last changed. There are more keys than
// slots, so a key has two: it has not changed since the earlier of them, and counts
// as changed with other keys only if it shares both.
type places []atomic.Uint64

func newPlaces() places { return make(places, slots) }

// of returns the slots of a key. Keys are hashes, so that their halves have
// nothing to do with one another.
func (p places) of(k depend.Key) (one, other *atomic.Uint64) {
	return &p[uint64(k)%slots], &p[uint64(k)>>32%slots]
}

// change records that a key changed.
func (p places) change(k depend.Key, at uint64) {
	one, other := p.of(k)
	one.Store(at)
	other.Store(at)
}

// changed reports whether a key may have changed after a place in the log.
func (p places) changed(k depend.Key, since uint64) bool {
	one, other := p.of(k)
	return one.Load() > since && other.Load() > since
}
