package password

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/fair"
)

// Caller is on whose behalf a password is hashed or checked.
type Caller struct {
	Network  netip.Prefix // where the request came from; invalid if that is not known
	SignedIn bool
}

// gate lets few work at once and some more wait; the rest is told to come
// back. So a flood costs a fixed amount of memory and of waiting.
//
// Its room is shared: a network has a quarter of it, and a single place once
// it has failed often. The last quarter of the room is kept for those who are
// signed in and for networks from which somebody has proved a password lately:
// strangers cannot take it, however many networks they have. Who waits is let
// to work network by network.
type gate struct {
	slots     *fair.Queue[netip.Prefix]
	standings *standings
	places    int          // that work at once
	room      int          // for those who work or wait
	took      atomic.Int64 // nanoseconds that the last work took

	mu       sync.Mutex
	admitted int
	of       map[netip.Prefix]int
}

func newGate(slots, queue int, now func() time.Time) *gate {
	return &gate{
		// admit bounds those who wait.
		slots: fair.New[netip.Prefix](fair.Options{
			Places: slots, Share: max(slots*3/4, 1), Each: slots + queue, Waiting: slots + queue,
		}),
		standings: newStandings(now), places: slots, room: slots + queue, of: map[netip.Prefix]int{},
	}
}

// admit takes a place, which the returned function gives back; it may be
// called again. Without room it is OVERLOADED.
func (g *gate) admit(who Caller) (leave func(), err error) {
	proved, failing := g.standings.of(who.Network)
	room, share := g.room, max(g.room/4, 2)
	if !proved && !who.SignedIn {
		room -= g.room / 4
	}
	if failing {
		share = 1
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.admitted >= room || g.of[who.Network] >= share {
		return nil, g.full()
	}
	g.admitted++
	g.of[who.Network]++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.admitted--
		if g.of[who.Network]--; g.of[who.Network] == 0 {
			delete(g.of, who.Network)
		}
	}), nil
}

// work runs fn in a slot, for which one who was admitted waits. It is the
// context's error when that ends first.
func (g *gate) work(ctx context.Context, network netip.Prefix, fn func()) error {
	place, err := g.slots.Enter(ctx, network)
	if errors.Is(err, fair.ErrFull) {
		return g.full()
	}
	if err != nil {
		return err
	}
	start := time.Now()
	defer func() {
		g.took.Store(int64(time.Since(start)))
		place.Leave()
	}()
	fn()
	return nil
}

// full tells how long those who wait will take.
func (g *gate) full() error {
	after := time.Duration(g.took.Load() * int64(g.room) / int64(g.places))
	after = max(after.Round(time.Second), time.Second)
	return apperr.New(apperr.Overloaded, "too many sign in at this moment: try again in %d seconds", int(after.Seconds())).Retry(after)
}
