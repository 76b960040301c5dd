package seed

import (
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/google/uuid"
)

// random is the generator SplitMix64, written out because its numbers must
// stay the same in all versions.
type random struct{ state uint64 }

// Streams of numbers, so that one decision about a row does not move another.
const (
	streamUser = iota + 1
	streamUserTime
	streamShape
	streamPost
	streamPostTime
	streamParent
	streamAuthor
	streamWeight
	streamComment
	streamHours
	streamSubject
)

// stream returns the generator of one row's decisions.
func (o *Options) stream(stream, row uint64) random {
	r := random{o.Seed ^ stream*0x9e3779b97f4a7c15}
	r.state = r.next() ^ row*0xd1342543de82ef95
	r.next()
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n), 0 for n < 1.
func (r *random) below(n int) int {
	if n < 1 {
		return 0
	}
	high, _ := bits.Mul64(r.next(), uint64(n))
	return int(high)
}

// chance is true in percent of a hundred cases.
func (r *random) chance(percent int) bool { return r.below(100) < percent }

// between returns a number in [low, high].
func (r *random) between(low, high int) int { return low + r.below(high-low+1) }

// logarithmic returns a number in [1, n] of which each doubling of size is
// equally likely: 1 as often as 2 and 3 together. That is Zipf's law.
func (r *random) logarithmic(n int) int {
	if n < 2 {
		return 1
	}
	for {
		size := r.below(bits.Len(uint(n)))
		if k := 1<<size + r.below(1<<size); k <= n {
			return k
		}
	}
}

// rank returns a number in [0, n), small ones more often. It is Zipf's law
// with a flattened top: nobody writes a tenth of a large site.
func (r *random) rank(n int) int {
	flat := min(n/20, 10)
	for {
		if k := r.logarithmic(n+flat) - flat; k > 0 {
			return k - 1
		}
	}
}

// heavy returns a number from 1 on, each doubling half as likely, up to
// 2^doublings.
func (r *random) heavy(doublings int) int {
	size := min(bits.TrailingZeros64(r.next()), doublings-1)
	return 1<<size + r.below(1<<size)
}

// id makes a UUID v7 of a moment.
func (r *random) id(at time.Time) uuid.UUID {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:], uint64(at.UnixMilli())<<16|r.next()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(u[8:], r.next()>>2|1<<63)
	return u
}

// pick returns one of a list.
func pick[T any](r *random, list []T) T { return list[r.below(len(list))] }
