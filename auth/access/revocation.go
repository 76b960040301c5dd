package access

import (
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
)

// Revocations are the sessions and personal access tokens that were revoked,
// and the users whose role was changed, while an access token that says
// otherwise, or a remembered answer, may still hold. The instance that revokes
// adds to it at once; the others by reading the store every few seconds. A nil
// *Revocations is empty.
type Revocations struct {
	mu    sync.RWMutex
	known map[uuid.UUID]revocation // by credential or user
	swept int                      // entries after the last sweep
}

type revocation struct {
	role  auth.Role // of the user; "" for a credential
	until time.Time
}

// NewRevocations returns an empty set.
func NewRevocations() *Revocations { return &Revocations{known: map[uuid.UUID]revocation{}} }

// Add revokes a credential from now on. It is forgotten when no access token
// of it can hold any more.
func (r *Revocations) Add(credential uuid.UUID, now time.Time) { r.add(credential, "", now) }

// SetRole gives a user this role from now on, whatever their tokens say. It is
// forgotten when none can say otherwise any more.
func (r *Revocations) SetRole(user typeid.User, role auth.Role, now time.Time) {
	r.add(user.UUID(), role, now)
}

func (r *Revocations) add(id uuid.UUID, role auth.Role, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[id] = revocation{role, now.Add(Life + 2*Skew)}
	if len(r.known) < 2*r.swept+1_024 {
		return
	}
	for id, old := range r.known {
		if now.After(old.until) {
			delete(r.known, id)
		}
	}
	r.swept = len(r.known)
}

// Apply returns the viewer of a credential with the role that they have now.
// A credential that was revoked is UNAUTHENTICATED.
func (r *Revocations) Apply(v auth.Viewer) (auth.Viewer, error) {
	if r == nil {
		return v, nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if _, ok := r.known[v.Credential]; ok {
		return auth.Viewer{}, auth.Refuse(errors.New("the session or personal access token was revoked"))
	}
	// Without the scope for the rights of a role a credential has none.
	if changed, ok := r.known[v.ID.UUID()]; ok && v.Scopes.Has(auth.ScopeAdmin) {
		v.Role = changed.role
	}
	return v, nil
}
