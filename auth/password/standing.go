package password

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

const (
	// freeFailures are those of a network that cost it nothing: people mistype.
	freeFailures = 10
	// standingLife is how long a network's last success or failure counts.
	standingLife = time.Hour
	maxStandings = 20_000
)

// standings remembers of networks what came of their last attempts. Its memory
// is bounded: beyond it the networks that were not heard of for longest are
// forgotten.
type standings struct {
	now func() time.Time

	mu     sync.Mutex
	recent *list.List // of *standing, the latest first
	byWho  map[netip.Prefix]*list.Element
}

type standing struct {
	network  netip.Prefix
	proved   time.Time // a password, last
	failures int       // since then
	failed   time.Time // last
}

func newStandings(now func() time.Time) *standings {
	return &standings{now: now, recent: list.New(), byWho: map[netip.Prefix]*list.Element{}}
}

// of reports whether somebody in the network has proved a password lately, and
// whether too many attempts have failed there since.
func (s *standings) of(network netip.Prefix) (proved, failing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, ok := s.byWho[network]
	if !ok {
		return false, false
	}
	found, now := element.Value.(*standing), s.now()
	failing = found.failures > freeFailures && now.Sub(found.failed) < standingLife
	return !failing && now.Sub(found.proved) < standingLife, failing
}

// note takes down how an attempt ended.
func (s *standings) note(network netip.Prefix, proved bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, ok := s.byWho[network]
	if !ok {
		element = s.recent.PushFront(&standing{network: network})
		s.byWho[network] = element
	}
	s.recent.MoveToFront(element)
	found := element.Value.(*standing)
	if proved {
		found.proved, found.failures = s.now(), 0
	} else {
		found.failures, found.failed = found.failures+1, s.now()
	}
	if len(s.byWho) > maxStandings {
		oldest := s.recent.Back()
		delete(s.byWho, oldest.Value.(*standing).network)
		s.recent.Remove(oldest)
	}
}
