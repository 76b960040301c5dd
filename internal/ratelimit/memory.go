package ratelimit

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// Memory keeps the accounts in the process. The zero value is not ready: see
// NewMemory.
type Memory struct {
	now    func() time.Time
	seed   maphash.Seed
	shards [64]shard
	most   int // accounts in each shard
	known  atomic.Bool
}

type shard struct {
	mu       sync.Mutex
	accounts map[string]*entry
}

type entry struct {
	account
	policy Policy
}

// DefaultAccounts is how many accounts Memory keeps at most, some 20 MB.
const DefaultAccounts = 1 << 17

// NewMemory returns a limiter that keeps at most that many accounts; 0 means
// DefaultAccounts. It can forget a full account without loss. When there is no
// room, it also forgets one of the fullest accounts, so that a flood of new
// callers uses no more memory and gives hardly anyone their points back.
func NewMemory(accounts int) *Memory {
	if accounts <= 0 {
		accounts = DefaultAccounts
	}
	m := &Memory{now: time.Now, seed: maphash.MakeSeed(), most: max(accounts/64, 1)}
	for i := range m.shards {
		m.shards[i].accounts = make(map[string]*entry)
	}
	return m
}

// Clocked makes m take the time from now, for simulations. It returns m.
func (m *Memory) Clocked(now func() time.Time) *Memory {
	m.now = now
	return m
}

// Empty reports whether there has not been an account yet.
func (m *Memory) Empty() bool { return !m.known.Load() }

// Reserve implements Limiter; it returns no error.
func (m *Memory) Reserve(_ context.Context, r Request) (Decision, error) {
	now := m.now().UnixMicro()
	s := m.shard(r.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.accounts[r.Key]
	if e == nil {
		if r.Cost == 0 { // there is no reason to remember callers who only look
			var fresh account
			return local(fresh.reserve(r.Policy, now, r)), nil
		}
		if len(s.accounts) >= m.most {
			s.makeRoom(now, m.most)
		}
		e = &entry{policy: r.Policy}
		s.accounts[r.Key] = e
		m.known.Store(true)
	}
	e.use(r.Policy)
	return local(e.reserve(r.Policy, now, r)), nil
}

func local(d Decision) Decision {
	d.Local = true
	return d
}

// Settle implements Limiter; it returns no error.
func (m *Memory) Settle(_ context.Context, t Settlement) error {
	s := m.shard(t.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.accounts[t.Key]; e != nil && e.policy == t.Policy {
		e.settle(t.Policy, m.now().UnixMicro(), t)
	}
	return nil
}

// use starts the account anew if its policy has changed.
func (e *entry) use(p Policy) {
	if e.policy != p {
		*e = entry{policy: p}
	}
}

func (m *Memory) shard(key string) *shard {
	return &m.shards[maphash.String(m.seed, key)%uint64(len(m.shards))]
}

// makeRoom looks at some accounts. It forgets those that are full, and the
// fullest of the others if there is still no room.
func (s *shard) makeRoom(now int64, most int) {
	const looks = 16
	var fullest string
	var best float64
	seen := 0
	for key, e := range s.accounts {
		if e.idle(e.policy, now) {
			delete(s.accounts, key)
			continue
		}
		part := float64(e.left(e.policy, now)) / float64(e.policy.Capacity)
		if seen == 0 || part > best {
			fullest, best = key, part
		}
		if seen++; seen == looks {
			break
		}
	}
	if len(s.accounts) >= most {
		delete(s.accounts, fullest)
	}
}
