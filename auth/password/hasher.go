package password

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// Options configures a Hasher; the zero value is all defaults.
type Options struct {
	Params Params // default: DefaultParams

	// Slots is how many hashes are computed at once. Default: one less than
	// the CPUs that Go may use, but at least one, so that other requests go on.
	Slots int

	// Queue is how many may wait for a slot. Default: 32 for each slot, about
	// a second's work.
	Queue int
}

// Hasher hashes and checks passwords, few at a time: each takes 19 MiB and a
// CPU for about 30 ms. Its methods are safe for concurrent use.
type Hasher struct {
	params  Params
	gate    *gate
	nobody  phc // what an unknown user's password is compared with
	measure func() time.Time
}

// NewHasher returns a Hasher.
func NewHasher(o Options) (*Hasher, error) {
	if o.Params == (Params{}) {
		o.Params = DefaultParams()
	}
	if o.Slots <= 0 {
		o.Slots = max(runtime.GOMAXPROCS(0)-1, 1)
	}
	if o.Queue <= 0 {
		o.Queue = 32 * o.Slots
	}
	nobody, err := parse(o.Params.hash("nobody has this password"))
	if err != nil {
		return nil, fmt.Errorf("configure passwords: %w", err)
	}
	return &Hasher{params: o.Params, gate: newGate(o.Slots, o.Queue), nobody: nobody, measure: time.Now}, nil
}

// Hash returns the password's hash as a PHC string. When too many wait, it is
// OVERLOADED with an *auth.RetryError.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	err = h.work(ctx, func() { hash = h.params.hash(password) })
	return hash, err
}

// Verify reports whether the password is the one of a stored hash, and whether
// that hash is weaker than new ones and should be replaced. An empty hash
// stands for a user who is unknown or has no password: it matches nothing and
// takes the time that a new hash would. When too many wait, it is OVERLOADED
// with an *auth.RetryError.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, weak bool, err error) {
	stored := h.nobody
	if hash != "" {
		if stored, err = parse(hash); err != nil {
			return false, false, fmt.Errorf("verify password: %w", err)
		}
	}
	err = h.work(ctx, func() { ok = stored.matches(password) })
	ok = ok && hash != ""
	return ok, ok && stored.weakerThan(h.params), err
}

func (h *Hasher) work(ctx context.Context, fn func()) error {
	if err := h.gate.enter(ctx); err != nil {
		return err
	}
	start := h.measure()
	defer func() { h.gate.leave(h.measure().Sub(start)) }()
	fn()
	return nil
}
