package consistency_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/replica"
)

// named is a database whose two standbys are known by one name. Three addresses
// lead to them: 127.0.0.1 to the first, the others to the second.
type named struct {
	*tier
	first, second, third string // what servers are called
	wires                [3]wire
	log                  graphtest.Log

	mu      sync.Mutex
	found   []string
	lookups int
}

const (
	one   = "127.0.0.1"
	two   = "127.0.0.2"
	three = "127.0.0.3"
)

// newNamed has a name that leads to these addresses, or to none yet.
func newNamed(t *testing.T, found ...string) *named {
	t.Helper()
	cluster := dbtest.Private(t)
	link := cluster.NewDatabase(t)
	if _, err := dbtest.OpenURL(t, link).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l, err := net.Listen("tcp", three+":0"); err != nil {
		t.Skipf("this system has one address of its own: %v", err)
	} else if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	n := &named{tier: &tier{cluster: cluster, standbys: cluster.Standbys(t, 2), name: dbtest.NameOf(link)}}
	n.proxies = []*dbtest.Proxy{dbtest.NewProxy(t, n.standbys[0])}
	_, port, err := net.SplitHostPort(n.proxies[0].Addr())
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{two, three} {
		n.proxies = append(n.proxies, dbtest.NewProxyAt(t, n.standbys[1], net.JoinHostPort(address, port)))
	}
	for i, p := range n.proxies {
		p.CutWhen(n.wires[i].see)
	}
	n.first = "replicas.test:" + port
	n.second, n.third = n.first+"#2", n.first+"#3"
	n.answer(found...)
	db, err := database.Open(t.Context(), database.Options{
		URL: dbtest.NewProxy(t, cluster.Node).URL(n.name), MaxConns: 8,
		ReplicaURLs: []string{strings.Replace(n.proxies[0].URL(n.name), one, "replicas.test", 1)},
		LookupHost:  n.lookup, Logger: slog.New(slog.NewTextHandler(&n.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(n.log.String())
		}
	})
	n.Server = &graphtest.Server{DB: db}
	return n
}

func (n *named) lookup(_ context.Context, host string) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lookups++
	if host != "replicas.test" {
		return nil, fmt.Errorf("%s was looked up", host)
	}
	if len(n.found) == 0 && n.lookups%2 == 0 {
		return nil, errors.New("no such host")
	}
	return n.found, nil
}

// answer is what a lookup finds from now on. Nothing is each second time an error.
func (n *named) answer(found ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.found = found
}

func (n *named) looked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lookups
}

// known returns the names of the replicas; serving, of those that serve.
func (n *named) known() (names []string) {
	for _, m := range n.DB.Servers()[1:] {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names
}

func (n *named) serving() (names []string) {
	for _, m := range n.DB.Servers() {
		if m.Standby && m.Fault == "" {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}

func (n *named) serve(t *testing.T, what string, names ...string) {
	t.Helper()
	n.until(t, what, func() bool { return slices.Equal(n.serving(), names) })
}

// rest waits for a second in which nothing is logged and these addresses, by
// their numbers, are sent nothing.
func (n *named) rest(t *testing.T, gone ...int) {
	t.Helper()
	state := func() int {
		size := len(n.log.String())
		for _, i := range gone {
			size += len(n.wires[i].text())
		}
		return size
	}
	last, since := state(), time.Now()
	n.until(t, "there is quiet", func() bool {
		if now := state(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > time.Second
	})
}

// TestNameGrowsAndShrinks has replicas come and go while an instance runs.
func TestNameGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	n := newNamed(t, one)
	n.serve(t, "the first serves", n.first)
	n.answer(three, one, two)
	n.serve(t, "all serve", n.first, n.second, n.third)
	seen := map[string]bool{}
	n.until(t, "each has read", func() bool {
		seen[n.query(t.Context(), t, "SELECT id FROM posts")] = true
		return seen[n.first] && seen[n.second] && seen[n.third]
	})
	before := n.looked()
	for range 200 {
		n.query(t.Context(), t, "SELECT id FROM posts")
	}
	if looked := n.looked() - before; looked > 100 {
		t.Errorf("%d lookups for 200 reads", looked)
	}

	n.answer()
	before = n.looked()
	n.until(t, "it is looked up seven times", func() bool { return n.looked() > before+7 })
	if got := n.known(); !slices.Equal(got, []string{n.first, n.second, n.third}) {
		t.Errorf("without an answer, the replicas are %v", got)
	}
	n.serve(t, "all still serve", n.first, n.second, n.third)
	if told := strings.Count(n.log.String(), "name of replicas is not found"); told != 1 {
		t.Errorf("lookups that fail are told %d times", told)
	}

	// One leaves that goes on to serve, while an operation reads it.
	var reading replica.Reading
	ctx := replica.NewContext(t.Context(), &reading)
	n.until(t, "an operation reads the third", func() bool {
		reading = replica.Reading{}
		reading.Anywhere()
		rows, err := n.DB.Query(ctx, database.Read{SQL: "SELECT id FROM posts"})
		if err == nil {
			rows.Close()
		}
		m := reading.Member()
		return err == nil && m != nil && m.Name == n.third
	})
	n.answer(one, two)
	n.until(t, "the third is left out", func() bool { return slices.Equal(n.known(), []string{n.first, n.second}) })
	n.until(t, "the operation moves to the primary", func() bool {
		rows, err := n.DB.Query(ctx, database.Read{SQL: "SELECT id FROM posts"})
		if err == nil {
			rows.Close()
		}
		return database.IsMoved(err) && reading.Member() == nil
	})
	n.rest(t, 2)

	// One goes, and then its address.
	n.proxies[1].Cut()
	n.serve(t, "the second is known to be gone", n.first)
	n.rest(t)
	if got := n.known(); !slices.Equal(got, []string{n.first, n.second}) {
		t.Errorf("before its address goes, the replicas are %v", got)
	}
	n.answer(one)
	n.until(t, "the first is left", func() bool { return slices.Equal(n.known(), []string{n.first}) })
	n.rest(t, 1, 2)
	for range 20 {
		if got := n.query(t.Context(), t, "SELECT id FROM posts"); got != n.first && got != "primary" {
			t.Errorf("%s is read", got)
		}
	}
}

// TestReplicaAtAnotherAddress has one of two replicas come back at an address
// that the name did not have before.
func TestReplicaAtAnotherAddress(t *testing.T) {
	t.Parallel()
	n := newNamed(t, one, two)
	n.serve(t, "both serve", n.first, n.second)
	n.proxies[1].Cut()
	n.serve(t, "one is gone", n.first)
	n.answer(three, one)
	n.serve(t, "it is found at its new address", n.first, n.second)
	n.rest(t, 1)
}

// TestNameWithoutAddress has a name that gets its first address after the
// instance has started.
func TestNameWithoutAddress(t *testing.T) {
	t.Parallel()
	n := newNamed(t)
	n.until(t, "it is shown as missing", func() bool {
		all := n.DB.Servers()
		return len(all) == 2 && all[1].Name == n.first && all[1].Fault == "does not answer"
	})
	if !slices.ContainsFunc(n.DB.Examine(t.Context()), func(f database.Finding) bool {
		return f.Server == n.first && f.Wrong && strings.Contains(f.Text, "has no address")
	}) {
		t.Error("the doctor does not say that it has no address")
	}
	n.answer(one)
	n.serve(t, "it serves", n.first)
	if got := n.known(); !slices.Equal(got, []string{n.first}) {
		t.Errorf("the replicas are %v", got)
	}
	n.rest(t)
}
