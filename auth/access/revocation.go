package access

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// Revocations are the sessions and personal access tokens that were revoked
// while an access token of theirs, or a remembered answer, may still hold. The
// instance that revokes adds to it at once; the others by reading the store
// every few seconds. A nil *Revocations is empty.
type Revocations struct {
	mu    sync.RWMutex
	until map[uuid.UUID]time.Time
	swept int // entries after the last sweep
}

// NewRevocations returns an empty set.
func NewRevocations() *Revocations { return &Revocations{until: map[uuid.UUID]time.Time{}} }

// Add revokes a credential from now on. It is forgotten when no access token
// of it can hold any more.
func (r *Revocations) Add(credential uuid.UUID, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until[credential] = now.Add(Life + 2*Skew)
	if len(r.until) < 2*r.swept+1_024 {
		return
	}
	for id, until := range r.until {
		if now.After(until) {
			delete(r.until, id)
		}
	}
	r.swept = len(r.until)
}

// Has reports whether the credential was revoked.
func (r *Revocations) Has(credential uuid.UUID) bool {
	if r == nil {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, ok := r.until[credential]
	return ok
}
