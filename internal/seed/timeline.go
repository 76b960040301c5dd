package seed

import (
	"math/bits"
	"sort"
	"time"
)

const (
	span  = 3 * 365 * 24 * time.Hour
	quiet = 24 * time.Hour // at the end, so that what follows a row is still in the past
)

// timeline spreads rows over time: more with the years, by the hour of the day
// and the day of the week, with bursts.
type timeline struct {
	start time.Time
	// until holds for each hour the weight of it and all hours before.
	until []uint64
}

// daily is the activity in each hour of a day, in UTC.
var daily = [24]uint64{30, 22, 16, 13, 12, 14, 22, 38, 58, 76, 84, 86, 82, 88, 96, 100, 96, 88, 78, 72, 70, 64, 52, 40}

func newTimeline(o *Options) *timeline {
	hours := int(span / time.Hour)
	l := &timeline{start: o.Now.Add(-span - quiet).Truncate(time.Hour), until: make([]uint64, hours)}
	r := o.stream(streamHours, 0)
	var sum, burst uint64
	for h := range hours {
		at := l.start.Add(time.Duration(h) * time.Hour)
		weight := (200 + 800*uint64(h)/uint64(hours)) * daily[at.Hour()]
		if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
			weight = weight * 6 / 10
		}
		// Something happens every two weeks or so, and is talked about for a day.
		if r.below(340) == 0 {
			burst = uint64(r.between(3, 12))
		}
		sum += weight + weight*burst
		if burst > 0 && r.chance(20) {
			burst--
		}
		l.until[h] = sum
	}
	return l
}

// at returns when row i of n was made; r decides where in its share of the
// time. Later rows are made later.
func (l *timeline) at(i, n int, r random) time.Time {
	total := l.until[len(l.until)-1]
	// Position in the weights: (i + fraction) / n of the total.
	offset, _ := bits.Mul64(r.next(), total)
	high, low := bits.Mul64(uint64(i), total)
	low, carry := bits.Add64(low, offset, 0)
	position, _ := bits.Div64(high+carry, low, uint64(n))
	hour := sort.Search(len(l.until), func(h int) bool { return l.until[h] > position })
	before := uint64(0)
	if hour > 0 {
		before = l.until[hour-1]
	}
	weight := l.until[hour] - before
	micros := (position-before)*uint64(time.Hour/time.Microsecond)/weight + uint64(r.below(20000))
	return l.start.Add(time.Duration(hour)*time.Hour + time.Duration(micros)*time.Microsecond)
}
