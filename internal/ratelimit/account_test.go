package ratelimit

import (
	"testing"
	"time"
)

const second = int64(time.Second / time.Microsecond)

func request(id uint64, cost int64) Request {
	return Request{ID: id, Cost: cost, Hold: 30 * time.Second}
}

// TestRetryAfter checks the wait that each algorithm names: the refused request
// is allowed after it, and not before.
func TestRetryAfter(t *testing.T) {
	for _, algorithm := range []Algorithm{TokenBucket, FixedWindow, SlidingWindow} {
		t.Run(string(algorithm), func(t *testing.T) {
			p := Policy{algorithm, 100, 10}
			for start := int64(0); start < 20*second; start += 777_777 {
				for cost := int64(1); cost <= 100; cost += 33 {
					var a account
					now := 1_000*second + start
					var id uint64
					for range 40 { // uses up two windows in pieces
						id++
						a.reserve(p, now, request(id, 7))
						now += 300_000
					}
					d := a.reserve(p, now, request(id+1, cost))
					if d.Allowed {
						continue
					}
					if d.RetryAfter <= 0 {
						t.Fatalf("refused %d points, and retry after %v", cost, d.RetryAfter)
					}
					early := account{level: a.level, before: a.before, at: a.at, known: true}
					if wait := d.RetryAfter.Microseconds() - 5; wait > 0 && early.reserve(p, now+wait, request(id+2, cost)).Allowed && algorithm != SlidingWindow {
						t.Fatalf("%d points were allowed before %v", cost, d.RetryAfter)
					}
					// Reservations that nobody settles keep what they took.
					for i := range a.holds {
						a.holds[i].until = now + 100*second
					}
					if got := a.reserve(p, now+d.RetryAfter.Microseconds(), request(id+3, cost)); !got.Allowed {
						t.Fatalf("%d points were refused after waiting %v: %+v", cost, d.RetryAfter, got)
					}
				}
			}
		})
	}
}

// TestUnsettledComesBack makes a reservation that is never settled, as if its
// server had died.
func TestUnsettledComesBack(t *testing.T) {
	for _, algorithm := range []Algorithm{TokenBucket, FixedWindow, SlidingWindow} {
		t.Run(string(algorithm), func(t *testing.T) {
			p := Policy{algorithm, 1_000_000, 1} // so slow that nothing refills meanwhile
			var a account
			now := 1_000_000_000*second + 1
			a.reserve(p, now, request(1, 400))
			if d := a.reserve(p, now+29*second, request(2, 0)); d.Remaining > 999_629 {
				t.Errorf("the reservation was given back too early: %d left", d.Remaining)
			}
			if d := a.reserve(p, now+31*second, request(3, 0)); d.Remaining != 1_000_000 {
				t.Errorf("after the time of the reservation %d are left", d.Remaining)
			}
			a.settle(p, now+40*second, Settlement{ID: 1, Cost: 250}) // late
			a.settle(p, now+41*second, Settlement{ID: 1, Cost: 250}) // and repeated
			if d := a.reserve(p, now+42*second, request(4, 0)); d.Remaining < 999_750 || d.Remaining > 999_752 {
				t.Errorf("a late settlement of 250 leaves %d", d.Remaining)
			}
		})
	}
}

// TestBelowZero lets one operation cost more than was reserved for it.
func TestBelowZero(t *testing.T) {
	p := Policy{TokenBucket, 100, 10}
	var a account
	now := 1000 * second
	a.reserve(p, now, request(1, 100))
	a.settle(p, now, Settlement{ID: 1, Cost: 130})
	d := a.reserve(p, now, request(2, 10))
	if d.Allowed || d.Remaining != -30 || d.RetryAfter != 4*time.Second {
		t.Errorf("got %+v, want -30 left and 4 s to wait", d)
	}
}

// TestFullIsForgotten checks that Memory keeps no more accounts than it may,
// even when none of them is full.
func TestFullIsForgotten(t *testing.T) {
	p := Policy{TokenBucket, 100, 10}
	m := NewMemory(64) // one for each shard
	now := time.Unix(1_000_000, 0)
	m.now = func() time.Time { return now }
	spend := func(key string, cost int64) Decision {
		d, err := m.Reserve(t.Context(), Request{Key: key, Policy: p, ID: NewID(), Cost: cost, Hold: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for i := range 10_000 {
		spend(time.Duration(i).String(), 1)
	}
	count := 0
	for i := range m.shards {
		count += len(m.shards[i].accounts)
	}
	if count > 64 {
		t.Errorf("keeps %d accounts, want 64 at most", count)
	}
}

func TestShare(t *testing.T) {
	for _, p := range []Policy{{TokenBucket, 20_000, 1_000}, {FixedWindow, 1, 1}, {SlidingWindow, 10, 3}} {
		for n := range 20 {
			share := p.Share(n)
			if err := share.Validate(); err != nil {
				t.Errorf("the share of %v for %d instances: %v", p, n, err)
			}
			if n > 0 && int64(n)*share.Capacity > max(p.Capacity, int64(n)) {
				t.Errorf("%d shares of %v are more than the whole", n, p)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	for _, p := range []Policy{
		{"leaky", 10, 1}, {TokenBucket, 0, 1}, {TokenBucket, 10, 0}, {TokenBucket, 10, 11},
		{TokenBucket, -1, -1}, {TokenBucket, MaxCapacity + 1, 1},
	} {
		if p.Validate() == nil {
			t.Errorf("%v is taken", p)
		}
	}
	if err := (Policy{Capacity: 10, Rate: 1}).Validate(); err != nil {
		t.Error(err)
	}
}
