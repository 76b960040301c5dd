package password

import (
	"container/list"
	"sync"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

// Attempt names who is guessed at and from where. A stranger's failures slow
// down the stranger's address only, so that nobody can lock out an owner who is
// elsewhere.
type Attempt struct {
	Account string // "" counts the address alone, for guesses at many accounts
	Address string
}

// Throttle counts failures in this process and makes the next attempt wait:
// not at all for the first ones, then twice as long after each. Its memory is
// bounded: beyond it the least recent failures are forgotten. Its methods are
// safe for concurrent use.
type Throttle struct {
	free int // failures without delay
	now  func() time.Time

	mu     sync.Mutex
	recent *list.List // of *failures, the latest first
	byWho  map[Attempt]*list.Element
}

type failures struct {
	who   Attempt
	count int
	last  time.Time
}

const (
	firstDelay  = time.Second
	maxDelay    = 15 * time.Minute
	forgetAfter = time.Hour
	maxTracked  = 20_000
)

// NewThrottle returns a throttle that lets so many failures pass before the
// first delay.
func NewThrottle(free int, now func() time.Time) *Throttle {
	return &Throttle{free: free, now: now, recent: list.New(), byWho: map[Attempt]*list.Element{}}
}

// Allow reports whether an attempt may be made now; else it is RATE_LIMITED
// with a time to wait.
func (t *Throttle) Allow(who Attempt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.allow(who)
}

func (t *Throttle) allow(who Attempt) error {
	element, ok := t.byWho[who]
	if !ok {
		return nil
	}
	f := element.Value.(*failures)
	wait := f.last.Add(delay(f.count - t.free)).Sub(t.now())
	if wait <= 0 {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	return apperr.New(apperr.RateLimited, "this failed too often: try again in %d seconds", seconds).
		Retry(time.Duration(seconds) * time.Second)
}

// delay is the wait after so many failures beyond the free ones.
func delay(count int) time.Duration {
	if count <= 0 {
		return 0
	}
	return min(firstDelay<<min(count-1, 20), maxDelay)
}

// Fail counts a failure. Where others failed meanwhile and who must wait, it
// is Allow's error instead: attempts made at once learn no more than those made
// one after the other.
func (t *Throttle) Fail(who Attempt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.allow(who); err != nil {
		return err
	}
	now := t.now()
	element, ok := t.byWho[who]
	if !ok {
		element = t.recent.PushFront(&failures{who: who})
		t.byWho[who] = element
	}
	t.recent.MoveToFront(element)
	f := element.Value.(*failures)
	if now.Sub(f.last) > forgetAfter {
		f.count = 0
	}
	f.count++
	f.last = now
	for oldest := t.recent.Back(); oldest != nil; oldest = t.recent.Back() {
		f := oldest.Value.(*failures)
		if len(t.byWho) <= maxTracked && now.Sub(f.last) <= forgetAfter {
			break
		}
		t.forget(oldest)
	}
	return nil
}

// Succeed forgets the failures of who has proved to be the owner.
func (t *Throttle) Succeed(who Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if element, ok := t.byWho[who]; ok {
		t.forget(element)
	}
}

func (t *Throttle) forget(element *list.Element) {
	delete(t.byWho, element.Value.(*failures).who)
	t.recent.Remove(element)
}
