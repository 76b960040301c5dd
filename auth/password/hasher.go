package password

import (
	"context"
	"fmt"
	"net/netip"
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

	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Hasher hashes and checks passwords, few at a time: each takes 19 MiB and a
// CPU for about 30 ms. Its methods are safe for concurrent use.
type Hasher struct {
	params Params
	gate   *gate
	nobody phc // what an unknown user's password is compared with
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
	if o.Now == nil {
		o.Now = time.Now
	}
	nobody, err := parse(o.Params.hash("nobody has this password"))
	if err != nil {
		return nil, fmt.Errorf("configure passwords: %w", err)
	}
	return &Hasher{params: o.Params, gate: newGate(o.Slots, o.Queue, o.Now), nobody: nobody}, nil
}

// Hash returns the password's hash as a PHC string. When too many wait, it is
// OVERLOADED with a time to wait.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	err = h.work(ctx, func() { hash = h.params.hash(password) })
	return hash, err
}

// Verify reports whether the password is the one of a stored hash, and whether
// that hash is weaker than new ones and should be replaced. An empty hash
// stands for a user who is unknown or has no password: it matches nothing and
// takes the time that a new hash would. When too many wait, it is OVERLOADED
// with a time to wait.
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

// Admit takes a place for the work of one operation before anything else of
// it is done: a server that is full says so at once. The context goes with the
// operation; leave gives the place back. Without room, or without room for this
// caller, it is OVERLOADED with a time to wait.
func (h *Hasher) Admit(ctx context.Context, who Caller) (admitted context.Context, leave func(), err error) {
	if leave, err = h.gate.admit(who); err != nil {
		return nil, nil, err
	}
	return context.WithValue(ctx, admittedKey{}, &admission{h, who.Network}), leave, nil
}

// Note takes down what came of the work that ctx was admitted for: whether the
// caller proved a password, or failed. Where many attempts fail, few have room.
func (h *Hasher) Note(ctx context.Context, proved bool) {
	if a := h.admission(ctx); a != nil && a.network.IsValid() {
		h.gate.standings.note(a.network, proved)
	}
}

type admittedKey struct{}

// admission is a place that is held.
type admission struct {
	by      *Hasher
	network netip.Prefix
}

func (h *Hasher) admission(ctx context.Context) *admission {
	if a, _ := ctx.Value(admittedKey{}).(*admission); a != nil && a.by == h {
		return a
	}
	return nil
}

func (h *Hasher) work(ctx context.Context, fn func()) error {
	if a := h.admission(ctx); a != nil {
		return h.gate.work(ctx, a.network, fn)
	}
	leave, err := h.gate.admit(Caller{})
	if err != nil {
		return err
	}
	defer leave()
	return h.gate.work(ctx, netip.Prefix{}, fn)
}
