//go:build unix

package ratelimit_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/internal/ratelimit"
	"github.com/weftql/weft/internal/redistest"
)

// limiters runs a test with each kind of limiter.
func limiters(t *testing.T, run func(t *testing.T, l ratelimit.Limiter)) {
	t.Run("Memory", func(t *testing.T) { run(t, ratelimit.NewMemory(0)) })
	t.Run("Redis", func(t *testing.T) {
		t.Parallel()
		run(t, ratelimit.NewRedis(redistest.Start(t).Client(t), "bucket:"))
	})
	t.Run("Cluster", func(t *testing.T) {
		t.Parallel()
		run(t, ratelimit.NewRedis(redistest.Cluster(t), "bucket:"))
	})
}

// TestChargedIsActual has many callers reserve and settle at the same time,
// some never, some late, some twice. In the end each caller was charged what
// its settled operations cost.
func TestChargedIsActual(t *testing.T) {
	t.Parallel()
	limiters(t, func(t *testing.T, l ratelimit.Limiter) {
		const callers, operations, capacity = 200, 12, 1_000_000
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				random := rand.New(rand.NewPCG(seed, uint64(caller)))
				// The rate is so slow that nothing comes back during the test.
				policy := ratelimit.Policy{Capacity: capacity, Rate: 1}
				key := fmt.Sprintf("caller %d", caller)
				var spent int64
				var late []ratelimit.Settlement
				for range operations {
					estimate := 1 + random.Int64N(1_000)
					r := ratelimit.Request{Key: key, Policy: policy, ID: ratelimit.NewID(), Cost: estimate, Hold: 50 * time.Millisecond}
					d, err := l.Reserve(t.Context(), r)
					if err != nil || !d.Allowed {
						t.Errorf("reserve: %+v, %v", d, err)
						return
					}
					s := ratelimit.Settlement{Key: key, Policy: policy, ID: r.ID, Cost: random.Int64N(estimate + 1), Local: d.Local}
					switch random.IntN(4) {
					case 0: // its server dies
						continue
					case 1:
						late = append(late, s, s)
					case 2:
						settle(t, l, s, s)
					default:
						settle(t, l, s)
					}
					spent += s.Cost
				}
				until(t, func() bool { return remaining(t, l, key, policy) >= capacity-spent-sum(late) })
				settle(t, l, late...)
				// In the seconds that the test takes some points come back.
				if left := remaining(t, l, key, policy); left < capacity-spent || left > capacity-spent+60 {
					t.Errorf("%s has %d left of %d and spent %d", key, left, capacity, spent)
				}
			})
		}
		all.Wait()
	})
}

// sum is what late settlements will cost; each is in the list twice.
func sum(late []ratelimit.Settlement) (cost int64) {
	for i := 0; i < len(late); i += 2 {
		cost -= late[i].Cost // not charged yet
	}
	return cost
}

func settle(t *testing.T, l ratelimit.Limiter, all ...ratelimit.Settlement) {
	t.Helper()
	for _, s := range all {
		if err := l.Settle(t.Context(), s); err != nil {
			t.Errorf("settle: %v", err)
		}
	}
}

func remaining(t *testing.T, l ratelimit.Limiter, key string, p ratelimit.Policy) int64 {
	t.Helper()
	d, err := l.Reserve(t.Context(), ratelimit.Request{Key: key, Policy: p})
	if err != nil {
		t.Errorf("look: %v", err)
	}
	return d.Remaining
}

// until waits for a condition, with a long deadline.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("waited for a minute")
			return
		}
	}
}

// TestExact has many callers reserve from one account at once: they get exactly
// as much as there is.
func TestExact(t *testing.T) {
	t.Parallel()
	limiters(t, func(t *testing.T, l ratelimit.Limiter) {
		for _, algorithm := range []ratelimit.Algorithm{ratelimit.TokenBucket, ratelimit.FixedWindow, ratelimit.SlidingWindow} {
			policy := ratelimit.Policy{Algorithm: algorithm, Capacity: 10_000_000, Rate: 1}
			var mu sync.Mutex
			granted := 0
			var all sync.WaitGroup
			for range 40 {
				all.Go(func() {
					for range 10 {
						d, err := l.Reserve(t.Context(), ratelimit.Request{
							Key: string(algorithm), Policy: policy, ID: ratelimit.NewID(), Cost: 99_000, Hold: time.Hour,
						})
						if err != nil {
							t.Error(err)
						}
						if d.Allowed {
							mu.Lock()
							granted++
							mu.Unlock()
						}
					}
				})
			}
			all.Wait()
			if granted != 101 {
				t.Errorf("%s granted %d reservations of 99,000 from 10,000,000 points, want 101", algorithm, granted)
			}
		}
	})
}

// TestRedisAgrees sends the same requests to both stores and wants the same
// answers, for every algorithm.
func TestRedisAgrees(t *testing.T) {
	t.Parallel()
	shared := ratelimit.NewRedis(redistest.Start(t).Client(t), "")
	random := rand.New(rand.NewPCG(1, 2))
	for _, algorithm := range []ratelimit.Algorithm{ratelimit.TokenBucket, ratelimit.FixedWindow, ratelimit.SlidingWindow} {
		// The window is 116 days long, so both stores are in the same window, and no
		// points come back meanwhile.
		policy := ratelimit.Policy{Algorithm: algorithm, Capacity: 10_000_000, Rate: 1}
		memory := ratelimit.NewMemory(0)
		var open []uint64
		for i := range 200 {
			r := ratelimit.Request{Key: string(algorithm), Policy: policy, ID: ratelimit.NewID(), Cost: random.Int64N(300_000), Hold: time.Hour, Leave: random.Int64N(3) * 100_000}
			want, _ := memory.Reserve(t.Context(), r)
			got, err := shared.Reserve(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			near := func(a, b time.Duration) bool { return (a - b).Abs() < 30*time.Second }
			if got.Allowed != want.Allowed || got.Remaining-want.Remaining > 30 || want.Remaining-got.Remaining > 30 ||
				!near(got.RetryAfter, want.RetryAfter) || !near(got.ResetAfter, want.ResetAfter) {
				t.Fatalf("%s, request %d of %d points: Redis says %+v, memory %+v", algorithm, i, r.Cost, got, want)
			}
			if got.Allowed && r.Cost > 0 {
				open = append(open, r.ID)
			}
			if len(open) > 3 && i%2 == 0 {
				s := ratelimit.Settlement{Key: r.Key, Policy: policy, ID: open[0], Cost: random.Int64N(100_000)}
				open = open[1:]
				settle(t, memory, s)
				settle(t, shared, s)
			}
		}
	}
}

// TestWait waits as long as the server says, by the server's clock, and then
// succeeds.
func TestWait(t *testing.T) {
	t.Parallel()
	limiters(t, func(t *testing.T, l ratelimit.Limiter) {
		policy := ratelimit.Policy{Capacity: 100, Rate: 100}
		ask := func() ratelimit.Decision {
			d, err := l.Reserve(t.Context(), ratelimit.Request{Key: "k", Policy: policy, ID: ratelimit.NewID(), Cost: 60, Hold: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		for d := ask(); d.Allowed; d = ask() {
		}
		d := ask()
		<-time.After(d.RetryAfter)
		if again := ask(); !again.Allowed {
			t.Errorf("refused after waiting %v: %+v", d.RetryAfter, again)
		}
	})
}

// TestScriptIsSentAgain restarts Redis, which then does not know the script.
func TestScriptIsSentAgain(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := ratelimit.NewRedis(server.Client(t), "")
	policy := ratelimit.Policy{Capacity: 10, Rate: 1}
	remaining(t, l, "k", policy)
	server.Stop(t)
	server.Restart(t)
	var err error
	until(t, func() bool {
		_, err = l.Reserve(t.Context(), ratelimit.Request{Key: "k", Policy: policy})
		return err == nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestForeignValue puts something else under the account's key.
func TestForeignValue(t *testing.T) {
	t.Parallel()
	client := redistest.Start(t).Client(t)
	l := ratelimit.NewRedis(client, "")
	policy := ratelimit.Policy{Capacity: 10, Rate: 1}
	set := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	set(client.Set(t.Context(), "text", "x", 0).Err())
	if _, err := l.Reserve(t.Context(), ratelimit.Request{Key: "text", Policy: policy, Cost: 1}); err == nil {
		t.Error("a text was taken for an account")
	}
	set(client.HSet(t.Context(), "hash", "v", "other", "hx", "y").Err())
	if left := remaining(t, l, "hash", policy); left != 10 {
		t.Errorf("an account of another policy has %d left, want a new one", left)
	}
}

// TestFallback stops or pauses Redis, and then lets it answer again.
func TestFallback(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"stopped", "paused"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			client := server.Client(t)
			f := fallback(t, client, 50*time.Millisecond)
			other := fallback(t, client, 50*time.Millisecond)
			until(t, func() bool { return f.Status().Instances == 2 && other.Status().Instances == 2 })
			policy := ratelimit.Policy{Capacity: 100, Rate: 1}
			spend := func(l ratelimit.Limiter, cost int64) ratelimit.Decision {
				d, err := l.Reserve(t.Context(), ratelimit.Request{Key: "k", Policy: policy, ID: ratelimit.NewID(), Cost: cost, Hold: time.Hour})
				if err != nil {
					t.Errorf("reserve: %v", err)
				}
				return d
			}
			spend(f, 70)
			if d := spend(other, 70); d.Allowed || d.Local {
				t.Errorf("the other instance does not know of it: %+v", d)
			}
			if fault == "paused" {
				server.Pause(t)
			} else {
				server.Stop(t)
			}
			until(t, func() bool { return spend(f, 0).Local })
			if d := spend(f, 60); d.Allowed {
				t.Error("an instance of two let more than its half through")
			}
			if d := spend(f, 50); !d.Allowed || !d.Local {
				t.Errorf("an instance of two does not let its half through: %+v", d)
			}
			if s := f.Status(); !s.Away || s.Faults != 1 || s.Instances != 2 {
				t.Errorf("status %+v", s)
			}
			if fault == "paused" {
				server.Resume(t)
			} else {
				server.Restart(t)
			}
			until(t, func() bool { return !spend(f, 0).Local })
		})
	}
}

func fallback(t *testing.T, client *redis.Client, patience time.Duration) *ratelimit.Fallback {
	f := ratelimit.NewFallback(ratelimit.FallbackOptions{
		Shared:   ratelimit.NewRedis(client, "bucket:"),
		Check:    ratelimit.NewPresence(client, "instances").Count,
		Patience: patience,
		Every:    20 * time.Millisecond,
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return f
}

// TestSettler settles in the background, and settles what is queued when it
// stops.
func TestSettler(t *testing.T) {
	t.Parallel()
	l := ratelimit.NewRedis(redistest.Start(t).Client(t), "")
	policy := ratelimit.Policy{Capacity: 1_000_000, Rate: 1}
	s := ratelimit.NewSettler(l)
	for range 100 {
		id := ratelimit.NewID()
		if _, err := l.Reserve(t.Context(), ratelimit.Request{Key: "k", Policy: policy, ID: id, Cost: 1_000, Hold: time.Hour}); err != nil {
			t.Fatal(err)
		}
		s.Settle(ratelimit.Settlement{Key: "k", Policy: policy, ID: id, Cost: 10})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s.Run(ctx)
	if left := remaining(t, l, "k", policy); left < 999_000 || left > 999_060 {
		t.Errorf("%d left, want 999,000", left)
	}
	if s.Dropped() != 0 {
		t.Errorf("%d were dropped", s.Dropped())
	}
}

func BenchmarkReserve(b *testing.B) {
	policy := ratelimit.Policy{Capacity: ratelimit.MaxCapacity, Rate: 1_000_000}
	stores := map[string]ratelimit.Limiter{
		"Memory": ratelimit.NewMemory(0),
		"Redis":  ratelimit.NewRedis(redistest.Start(b).Client(b), ""),
	}
	for name, l := range stores {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				id := ratelimit.NewID()
				d, err := l.Reserve(b.Context(), ratelimit.Request{Key: "k", Policy: policy, ID: id, Cost: 10, Hold: time.Minute})
				if err != nil {
					b.Fatal(err)
				}
				if err := l.Settle(b.Context(), ratelimit.Settlement{Key: "k", Policy: policy, ID: id, Cost: 5, Local: d.Local}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
