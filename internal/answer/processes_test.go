//go:build linux

package answer_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/redistest"
	"github.com/weftql/weft/internal/testbed"
)

var checkOperations = flag.Int("operations", 0, "how many operations TestOracleOverProcesses makes; 0 skips it")

// processes are instances that each run in a process of their own, behind a
// proxy, on a database with standbys and a Redis.
type processes struct {
	fleet
	members []*testbed.Server
	redis   *redistest.Server
	faults  [5]int // by kind, in the order of faultNames
}

var faultNames = []string{"instances cut off the primary", "standbys paused", "writes past the instances", "restarts of Redis", "instances killed"}

// counted counts a fault. Only one goroutine injects faults.
func (p *processes) counted(kind int, inject fault) fault {
	return func(ctx context.Context, random *rand.Rand) {
		p.faults[kind]++
		inject(ctx, random)
	}
}

func newProcesses(t *testing.T, instances, standbys int) *processes {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "weft")
	if err := testbed.Build(t.Context(), binary, "github.com/weftql/weft/cmd/weft"); err != nil {
		t.Fatal(err)
	}
	p := &processes{fleet: fleet{t: t, watchers: 1}, redis: redistest.Start(t)}
	cluster := p.replicated(standbys)
	start := func(url string, more ...string) *testbed.Server {
		m, err := testbed.Start(t.Context(), testbed.Command{
			Name: "weft", Program: binary, Dir: dir, Ready: "/readyz",
			Env: append([]string{
				"WEFT_DATABASE_URL=" + url, "WEFT_DATA_DIR=" + dir, "WEFT_DATABASE_MAX_CONNS=8", "WEFT_COST_MODE=off", "WEFT_LOG_LEVEL=error",
			}, more...),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Kill() }) // its work is done
		return m
	}
	p.plain = "http://" + start(p.url).Addr
	var proxies []*dbtest.Proxy
	for range instances {
		proxy := dbtest.NewProxy(t, cluster.Node)
		m := start(proxy.URL(dbtest.NameOf(p.url)), "WEFT_DATABASE_REPLICA_URLS="+strings.Join(p.replicas(), ","), "WEFT_REDIS_URL="+p.redis.URL(),
			"WEFT_RESPONSE_CACHE=16777216", "WEFT_ROW_CACHE=16777216")
		p.members, proxies = append(p.members, m), append(proxies, proxy)
		p.servers = append(p.servers, "http://"+m.Addr)
	}
	p.disturb = func(ctx context.Context, random *rand.Rand) {
		p.inject(ctx, random, time.Second, p.counted(0, p.cut(proxies...)), p.counted(1, p.pause), p.counted(2, p.stranger),
			p.counted(3, p.restartRedis), p.counted(4, p.kill))
	}
	return p
}

// restartRedis makes Redis lose its data.
func (p *processes) restartRedis(ctx context.Context, random *rand.Rand) {
	p.redis.Stop(p.t)
	wait(ctx, time.Duration(random.IntN(200))*time.Millisecond)
	p.redis.Restart(p.t)
}

// kill ends an instance in the middle of its work and starts it again.
func (p *processes) kill(ctx context.Context, random *rand.Rand) {
	m := p.members[random.IntN(len(p.members))]
	if err := m.Kill(); err != nil {
		p.t.Error(err)
		return
	}
	wait(ctx, time.Duration(random.IntN(200))*time.Millisecond)
	if err := m.Restart(context.WithoutCancel(ctx)); err != nil {
		p.t.Error(err)
	}
}

// clock is a name that one writer changes all the time and that strangers read:
// how old is the name that they see?
type clock struct {
	*processes
	name string

	mu    sync.Mutex
	acked []time.Time     // when each value was acknowledged
	ages  []time.Duration // of the answers; 0 for those that were up to date
	kept  atomic.Int64    // how many came from a cache
}

func (c *clock) write(ctx context.Context, random *rand.Rand) {
	for next := 0; ctx.Err() == nil; next++ {
		data, _ := c.ask(ctx, c.servers[random.IntN(len(c.servers))], c.name, "", fmt.Sprintf(`mutation { updateProfile(input: {name: "%d"}) { user { id } } }`, next))
		if data == nil || strings.Contains(string(data), "null") {
			next-- // again, until it is known to be written
			wait(ctx, time.Millisecond)
			continue
		}
		c.mu.Lock()
		c.acked = append(c.acked, time.Now())
		c.mu.Unlock()
		wait(ctx, time.Duration(random.IntN(40))*time.Millisecond)
	}
}

func (c *clock) read(ctx context.Context, random *rand.Rand) {
	for wait(ctx, time.Duration(random.IntN(10))*time.Millisecond) {
		sent := time.Now()
		data, header := c.ask(ctx, c.servers[random.IntN(len(c.servers))], "", "", fmt.Sprintf(`{ user(username: %q) { name } }`, c.name))
		var seen struct{ User struct{ Name string } }
		var value int
		if json.Unmarshal(data, &seen) != nil {
			continue
		}
		if _, err := fmt.Sscanf(seen.User.Name, "%d", &value); err != nil {
			continue // no value is written yet
		}
		if strings.Contains(header.Get("Cache-Status"), "hit") {
			c.kept.Add(1)
		}
		c.mu.Lock()
		age := time.Duration(0)
		if value+1 < len(c.acked) && c.acked[value+1].Before(sent) {
			age = sent.Sub(c.acked[value+1])
		}
		c.ages = append(c.ages, age)
		c.mu.Unlock()
	}
}

func (c *clock) run(ctx context.Context, random *rand.Rand) {
	var all sync.WaitGroup
	all.Go(func() { c.write(ctx, random) })
	for range 3 {
		seed := random.Uint64()
		all.Go(func() { c.read(ctx, rand.New(rand.NewPCG(seed, 0))) })
	}
	all.Wait()
}

// TestOracleOverProcesses is TestOracleOnReplicas with each instance in a
// process of its own, a Redis that they share, and more faults: Redis is
// restarted, and instances are killed.
func TestOracleOverProcesses(t *testing.T) {
	if *checkOperations == 0 {
		t.Skip("make check-cache runs it")
	}
	const worlds = 6
	p := newProcesses(t, 2, 2)
	c := &clock{processes: p, name: "clock"}
	p.strangers = c.run
	began := time.Now()
	p.run(worlds, (*checkOperations+worlds-1)/worlds)
	for i, name := range faultNames {
		t.Logf("%d %s", p.faults[i], name)
	}
	t.Logf("%d operations in %s", p.reads.Load()+p.writes.Load(), time.Since(began).Round(time.Second))
	if n := len(c.ages); n > 0 {
		slices.Sort(c.ages)
		late := n - slices.IndexFunc(append(c.ages, 1), func(d time.Duration) bool { return d > 0 })
		t.Logf("strangers: %d answers, %d of them from a cache; %d were older than the last write that was acknowledged before the question; age at p50 %s, p99 %s, at most %s",
			n, c.kept.Load(), max(late, 0), c.ages[n/2], c.ages[n*99/100], c.ages[n-1])
	}
	if p.stale.Load() > 0 {
		t.Errorf("%d answers are stale", p.stale.Load())
	}
	reads, hits, failed := p.reads.Load(), p.hits.Load(), p.failed.Load()
	if hits < reads/30 || p.writes.Load() < reads/10 || failed > reads/5 {
		t.Errorf("too little happened: %d hits of %d, %d requests failed", hits, reads, failed)
	}
	if t.Failed() {
		for _, m := range p.members {
			text, _ := os.ReadFile(m.Log) // only for the message
			t.Logf("the log of %s ends:\n%s", m.Addr, text[max(0, len(text)-2000):])
		}
	}
}
