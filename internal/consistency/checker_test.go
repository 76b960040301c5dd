package consistency_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/consistency"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/replica"
)

var (
	checkFor  = flag.Duration("check", 4*time.Second, "how long TestChecker writes and reads")
	processes = flag.Bool("processes", false, "whether each server of TestChecker is a process of its own, and one is killed now and then")
	checkSeed = flag.Uint64("seed", 0, "what TestChecker does at random; 0 is another each time")
)

// checker has writers that each add comments to a post of their own, one after
// the other, with an Idempotency-Key, until each is acknowledged; and readers
// that count them. So a count tells all: below what was acknowledged before the
// read began, an own write is missing; below what the session has seen, it goes
// back in time; in the end below what was acknowledged, a write is lost, and
// above it, one was done twice.
type checker struct {
	*tier
	servers [2]string // addresses
	// restart kills a server's process and starts it again; nil where both servers
	// share the test's.
	restart   func(ctx context.Context, t *testing.T, server int)
	registers []*register

	writes, reads, retries, failed atomic.Int64
	behind                         atomic.Int64 // reads that missed a write while there was no primary
	early                          atomic.Int64 // reads of an unacknowledged write that the primary did not show afterwards

	mu     sync.Mutex
	faults []string // violations
}

// register is the post of one writer.
type register struct {
	post  *ent.Post
	acked atomic.Int64

	mu    sync.Mutex
	token string // of the last write
}

func newChecker(t *testing.T, writers int) *checker {
	t.Helper()
	c := &checker{tier: newTier(t)}
	if *processes {
		if startProcesses == nil {
			t.Skip("processes are started on Linux only")
		}
		startProcesses(t, c)
	} else {
		c.startOther(t)
	}
	fixture := graphtest.NewFixture(t, c.DB)
	for i := range writers {
		author := fixture.User(fmt.Sprint("writer", i), auth.RoleUser)
		c.registers = append(c.registers, &register{post: fixture.Post(author, "Register", post.StatusPUBLISHED)})
	}
	return c
}

// startProcesses starts both servers as they are deployed.
var startProcesses func(t *testing.T, c *checker)

// startOther starts a second server beside the tier's own.
func (c *checker) startOther(t *testing.T) {
	t.Helper()
	other, err := database.Open(t.Context(), database.Options{
		URL: c.proxies[0].URL(c.name), MaxConns: 8,
		ReplicaURLs: []string{c.proxies[1].URL(c.name), c.proxies[2].URL(c.name)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	c.servers = [2]string{c.URL, graphtest.Start(t, other).URL}
}

func (c *checker) violation(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.faults) < 20 {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// send posts an operation; nil means that nothing of use came back.
func (c *checker) send(ctx context.Context, server int, header http.Header, query string, variables map[string]any) *graphtest.Answer {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.servers[server]+"/graphql", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("GraphQL-Explain", "1")
	maps.Copy(r.Header, header)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	answer := &graphtest.Answer{Header: response.Header}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil || len(answer.Errors) > 0 {
		return nil
	}
	return answer
}

// write adds comments until ctx ends; each is sent until it is acknowledged, as
// long as done has not ended.
func (c *checker) write(ctx, done context.Context, i int, r *rand.Rand) {
	reg := c.registers[i]
	for n := 1; ctx.Err() == nil; n++ {
		header := http.Header{
			auth.ViewerHeader: {fmt.Sprint("writer", i)},
			"Idempotency-Key": {fmt.Sprintf("write-%d-%d", i, n)},
		}
		var answer *graphtest.Answer
		for answer == nil && done.Err() == nil {
			answer = c.send(done, r.IntN(2), header, change, map[string]any{"id": reg.post.ID.String()})
			if answer == nil {
				c.retries.Add(1)
				pause(done, 20*time.Millisecond)
			}
		}
		if answer == nil {
			return // not known: it may be there
		}
		c.writes.Add(1)
		reg.mu.Lock()
		reg.acked.Store(int64(n))
		reg.token = answer.Header.Get(consistency.Header)
		reg.mu.Unlock()
	}
}

const count = `query($id: ID!) { node(id: $id) { ... on Post { comments(first: 0) { totalCount } } } }`

// count reads a register; ok is false for a read that failed.
func (c *checker) count(ctx context.Context, server int, header http.Header, reg *register) (n int64, where string, ok bool) {
	answer := c.send(ctx, server, header, count, map[string]any{"id": reg.post.ID.String()})
	if answer == nil {
		c.failed.Add(1)
		return 0, "", false
	}
	var data struct {
		Node struct{ Comments struct{ TotalCount int64 } }
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return 0, "", false
	}
	c.reads.Add(1)
	return data.Node.Comments.TotalCount, from(answer), true
}

// read counts until ctx ends, by the token of the last write or as somebody who
// is signed in.
func (c *checker) read(ctx context.Context, session int, r *rand.Rand) {
	seen := make([]int64, len(c.registers))
	for ctx.Err() == nil {
		i := r.IntN(len(c.registers))
		reg := c.registers[i]
		reg.mu.Lock()
		atLeast, token := reg.acked.Load(), reg.token
		reg.mu.Unlock()
		header := http.Header{auth.ViewerHeader: {fmt.Sprint("writer", session%len(c.registers))}}
		how := "signed in"
		if token != "" && r.IntN(2) == 0 {
			header, how = http.Header{consistency.Header: {token}}, "with the token"
		}
		n, where, ok := c.count(ctx, r.IntN(2), header, reg)
		if !ok {
			continue
		}
		// Without a primary nobody knows what was committed last: docs/replicas.md.
		if how == "signed in" && strings.Contains(where, "the primary is away") {
			if n < atLeast {
				c.behind.Add(1)
			}
			continue
		}
		if n < atLeast {
			c.violation("%s, %d of %d acknowledged writes to register %d were read from %s", how, n, atLeast, i, where)
		}
		if how == "signed in" {
			// A standby may show a commit that the primary does not show yet, while
			// that waits for standbys: docs/replicas.md.
			if n < seen[i] && strings.HasPrefix(where, "primary") {
				c.early.Add(1)
			} else if n < seen[i] {
				c.violation("a session that had read %d of register %d then read %d from %s", seen[i], i, n, where)
			}
			seen[i] = n
		}
	}
}

// final compares each register with what was acknowledged, on the primary.
func (c *checker) final(ctx context.Context) (lost, doubled int64) {
	for i, reg := range c.registers {
		for ctx.Err() == nil {
			// A token of an old timeline is answered by the primary.
			n, _, ok := c.count(ctx, 0, http.Header{auth.ViewerHeader: {fmt.Sprint("writer", i)}}, reg)
			if !ok {
				pause(ctx, 50*time.Millisecond)
				continue
			}
			acked := reg.acked.Load()
			lost += max(acked-n, 0)
			// The last one may be there without having been acknowledged.
			doubled += max(n-acked-1, 0)
			break
		}
	}
	return lost, doubled
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// disturb breaks something for a while, at random.
func (c *checker) disturb(ctx context.Context, t *testing.T, r *rand.Rand) string {
	span := time.Duration(50+r.IntN(250)) * time.Millisecond
	kinds := 5
	if c.restart != nil {
		kinds++
	}
	switch i := r.IntN(2); r.IntN(kinds) {
	case 0:
		c.proxies[1+i].Cut()
		pause(ctx, span)
		c.proxies[1+i].Mend()
		return "standby cut off"
	case 1:
		c.proxies[0].Cut()
		pause(ctx, span)
		c.proxies[0].Mend()
		return "primary cut off"
	case 2:
		c.standbys[i].PauseReplay(t)
		pause(ctx, span)
		c.standbys[i].ResumeReplay(t)
		return "replay paused"
	case 5:
		c.restart(ctx, t, i)
		return "instance killed"
	case 3:
		c.proxies[0].CutWhen(func(sent []byte) bool { return bytes.Contains(bytes.ToLower(sent), []byte("commit")) })
		pause(ctx, 10*time.Millisecond)
		c.proxies[0].CutWhen(nil)
		return "cut at COMMIT"
	default:
		c.proxies[1+i].CutAfter(2000 + r.IntN(4000))
		pause(ctx, span)
		return "standby cut in an answer"
	}
}

// failOver crashes the primary and promotes the standby that has come further.
func (c *checker) failOver(t *testing.T) {
	t.Helper()
	c.cluster.Crash(t)
	next, other := c.standbys[0], c.standbys[1]
	if c.received(t, other) > c.received(t, next) {
		next, other = other, next
	}
	next.Promote(t)
	next.Synchronous(t)
	other.Follow(t, next)
}

func (c *checker) received(t *testing.T, n *dbtest.Node) int64 {
	t.Helper()
	db := dbtest.OpenURL(t, n.URL(c.name))
	var at int64
	err := db.Pool().QueryRow(t.Context(), "SELECT (pg_last_wal_receive_lsn() - '0/0')::bigint").Scan(&at)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// enough writes, and as many reads, have to succeed.
const enough = 50

// TestChecker writes and reads over two servers and three databases while things
// break, and the primary dies for good: nothing that was acknowledged may be
// missing, at any time.
func TestChecker(t *testing.T) {
	random := *checkSeed
	if random == 0 {
		random = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", random)
	c := newChecker(t, 4)
	c.cluster.Synchronous(t, c.standbys...)
	ctx, cancel := context.WithTimeout(t.Context(), *checkFor+patience)
	defer cancel()
	done, end := context.WithTimeout(t.Context(), *checkFor+2*patience)
	defer end()
	var all sync.WaitGroup
	for i := range c.registers {
		all.Go(func() { c.write(ctx, done, i, rand.New(rand.NewPCG(random, uint64(i)))) })
	}
	for i := range 4 {
		all.Go(func() { c.read(ctx, i, rand.New(rand.NewPCG(random, uint64(100+i)))) })
	}
	broken := map[string]int{}
	r := rand.New(rand.NewPCG(random, 1000))
	for began := time.Now(); time.Since(began) < *checkFor*2/3; {
		broken[c.disturb(ctx, t, r)]++
		pause(ctx, 100*time.Millisecond)
	}
	c.failOver(t)
	pause(ctx, *checkFor/3)
	for ctx.Err() == nil && (c.writes.Load() < enough || c.reads.Load() < enough) {
		pause(ctx, 10*time.Millisecond) // the faults were many, or the machine is slow
	}
	cancel()
	all.Wait()
	lost, doubled := c.final(done)
	t.Logf("%d writes, %d sent again, %d reads, %d failed, %d without a token were behind while the primary was away, "+
		"%d saw on a standby what the primary did not show yet; %v, then a failover",
		c.writes.Load(), c.retries.Load(), c.reads.Load(), c.failed.Load(), c.behind.Load(), c.early.Load(), broken)
	if lost > 0 || doubled > 0 {
		t.Errorf("%d acknowledged writes are lost, %d were done twice", lost, doubled)
	}
	for _, fault := range c.faults {
		t.Error(fault)
	}
	if c.writes.Load() < enough || c.reads.Load() < enough {
		t.Error("too little happened")
	}
}

// TestCheckerFindsLoss promotes a standby that was away while writes were
// acknowledged: the checker must say so.
func TestCheckerFindsLoss(t *testing.T) {
	c := newChecker(t, 1)
	made, err := c.DB.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.until(t, "the standbys have the writer and its post", func() bool {
		return !slices.ContainsFunc(c.DB.Servers(), func(s replica.Status) bool { return s.Standby && !s.Position.Reached(made) })
	})
	for _, s := range c.standbys {
		s.Kill(t)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all sync.WaitGroup
	writing, stop := context.WithCancel(ctx)
	all.Go(func() { c.write(writing, ctx, 0, rand.New(rand.NewPCG(1, 1))) })
	c.until(t, "some writes are acknowledged", func() bool { return c.registers[0].acked.Load() >= 5 })
	stop()
	all.Wait()
	c.cluster.Crash(t)
	c.standbys[0].Start(t)
	c.standbys[0].Promote(t)
	lost, _ := c.final(ctx)
	if ctx.Err() != nil {
		t.Fatalf("no read of the register was answered: %+v", c.DB.Servers())
	}
	if lost < 5 {
		t.Errorf("%d acknowledged writes are lost, by the checker", lost)
	}
}
