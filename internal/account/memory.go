package account

import (
	"sync"
	"time"

	"github.com/weftql/weft/auth"
)

const (
	// memoryLife is how long a credential is believed without asking the store
	// again. A revocation is noticed sooner: see Sync.
	memoryLife = time.Minute
	maxMemory  = 4_096
)

// memory remembers whose credentials were shown lately, so that verifying one
// costs no statement.
type memory[K comparable] struct {
	mu sync.Mutex
	m  map[K]remembered
}

type remembered struct {
	viewer auth.Viewer
	until  time.Time
}

func newMemory[K comparable]() *memory[K] { return &memory[K]{m: map[K]remembered{}} }

func (m *memory[K]) get(k K, now time.Time) (auth.Viewer, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.m[k]
	return r.viewer, ok && now.Before(r.until)
}

// put remembers a viewer until the credential expires, but for a minute at
// most.
func (m *memory[K]) put(k K, v auth.Viewer, now, expires time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.m) >= maxMemory {
		clear(m.m)
	}
	until := now.Add(memoryLife)
	if expires.Before(until) {
		until = expires
	}
	m.m[k] = remembered{v, until}
}
