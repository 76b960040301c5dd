package access

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/weftql/weft/auth"
)

// verified is what a token was found to say.
type verified struct {
	viewer auth.Viewer
	key    string // that signed it
	until  time.Time
}

// maxSeen bounds the tokens that are remembered: about a megabyte.
const maxSeen = 8_192

// seen remembers tokens that held, so that each is checked once and not at
// every request. It keeps their hashes only.
type seen struct {
	mu sync.RWMutex
	m  map[[sha256.Size]byte]verified
}

func newSeen() *seen { return &seen{m: map[[sha256.Size]byte]verified{}} }

func (s *seen) get(token string, now time.Time) (verified, bool) {
	hash := sha256.Sum256([]byte(token))
	s.mu.RLock()
	found, ok := s.m[hash]
	s.mu.RUnlock()
	return found, ok && now.Before(found.until)
}

// put remembers a token; when there are too many it forgets the expired ones,
// and some others if that does not help.
func (s *seen) put(token string, found verified, now time.Time) {
	hash := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.m) >= maxSeen {
		room := maxSeen / 8
		for old, v := range s.m {
			if !now.Before(v.until) {
				delete(s.m, old)
			}
		}
		for old := range s.m {
			if len(s.m) <= maxSeen-room {
				break
			}
			delete(s.m, old)
		}
	}
	s.m[hash] = found
}
