//go:build linux

// Command replicas measures what reading replicas brings, in one run: the same
// requests, nine reads by strangers for each write, with no, one and two
// standbys; how many are answered a second, how much of each server's processor
// a request takes, and which share of the reads, which all need not wait, a
// standby answers.
//
// It is no test: it takes a minute, wants a quiet machine, and reads processor
// times from /proc. All servers share that machine, so that the requests a second
// say little of a fleet; the CPU of the primary says what it is relieved of.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

func main() {
	testbed.Main("replicas", run)
}

// clients ask at the same time.
const clients = 16

// explained is of how many reads one is asked where it read: that costs.
const explained = 20

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	set := flag.NewFlagSet("replicas", flag.ContinueOnError)
	posts := set.Int("posts", 20_000, "how many posts there are")
	duration := set.Duration("duration", 10*time.Second, "how long each number of standbys is measured")
	binary := set.String("weft", "", "a weft binary to measure instead of a new build")
	if err := set.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weft-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if *binary == "" {
		*binary = filepath.Join(dir, "weft")
		if err := testbed.Build(ctx, *binary, "./cmd/weft"); err != nil {
			return err
		}
	}
	primary, err := testbed.StartPostgres(ctx, filepath.Join(dir, "primary"))
	if err != nil {
		return err
	}
	defer primary.Stop()
	b := &bench{binary: *binary, dir: dir, duration: *duration, servers: []*testbed.Postgres{primary}}
	if err := testbed.Seed(ctx, b.binary, dir, []string{"WEFT_DATABASE_URL=" + primary.URL}, *posts); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "PostgreSQL %s, %d posts, %d clients; nine reads by strangers for each write.\n\n"+
		"| standbys | reads/s | writes/s | reads that a standby answered | CPU of Weft | of the primary | of the standbys |\n"+
		"|--:|--:|--:|--:|--:|--:|--:|\n", primary.Version, *posts, clients)
	for n := range 3 {
		if n > 0 {
			standby, err := primary.StartStandby(ctx, filepath.Join(dir, "standby"+strconv.Itoa(n)))
			if err != nil {
				return err
			}
			defer standby.Stop()
			b.servers = append(b.servers, standby)
		}
		m, err := b.measure(ctx)
		if err != nil {
			return fmt.Errorf("%d standbys: %w", n, err)
		}
		per := func(d time.Duration) int64 { return (d / time.Duration(m.reads+m.writes)).Microseconds() }
		fmt.Fprintf(stdout, "| %d | %.0f | %.0f | %.1f %% of %d | %d µs | %d µs | %d µs |\n", n, float64(m.reads)/m.took.Seconds(), float64(m.writes)/m.took.Seconds(),
			100*float64(m.away)/float64(max(m.asked, 1)), m.asked, per(m.weft), per(m.primary), per(m.standbys))
	}
	return nil
}

// bench is one run.
type bench struct {
	binary, dir string
	duration    time.Duration
	servers     []*testbed.Postgres // the primary first
}

// figures are what was done in a time; the CPU is that of all requests.
type figures struct {
	reads, writes, asked, away int // asked where they read; of these, not from the primary
	took                       time.Duration
	weft, primary, standbys    time.Duration
}

func (b *bench) measure(ctx context.Context) (f figures, err error) {
	urls := make([]string, len(b.servers))
	for i, s := range b.servers {
		urls[i] = s.URL
	}
	weft, err := testbed.Start(ctx, testbed.Command{
		Name: "weft", Program: b.binary, Dir: b.dir, Ready: "/readyz",
		Env: []string{
			"WEFT_DATABASE_URL=" + urls[0], "WEFT_DATABASE_REPLICA_URLS=" + strings.Join(urls[1:], ","),
			"WEFT_DATA_DIR=" + b.dir, "WEFT_COST_MODE=off", "WEFT_LOG_LEVEL=warn",
		},
	})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, weft.Stop()) }()
	c := &crowd{server: weft, name: fmt.Sprintf("bench%d", len(b.servers))}
	if err := c.prepare(ctx); err != nil {
		return f, err
	}
	if _, err := c.send(ctx, b.duration/4); err != nil {
		return f, err
	}
	before, err := b.cpu(weft)
	if err != nil {
		return f, err
	}
	began := time.Now()
	if f, err = c.send(ctx, b.duration); err != nil {
		return f, err
	}
	f.took = time.Since(began)
	after, err := b.cpu(weft)
	f.weft, f.primary, f.standbys = after[0]-before[0], after[1]-before[1], after[2]-before[2]
	return f, err
}

// cpu is that of Weft, of the primary and of all standbys.
func (b *bench) cpu(weft *testbed.Server) (used [3]time.Duration, err error) {
	if used[0], err = weft.CPU(); err != nil {
		return used, err
	}
	for i, s := range b.servers {
		t, err := s.CPU()
		if err != nil {
			return used, err
		}
		used[1+min(i, 1)] += t
	}
	return used, nil
}

// crowd is who reads and writes.
type crowd struct {
	server *testbed.Server
	name   string // of the account that writes
	token  string
	posts  []string // ids
}

const (
	feed = `{ posts(first: 20) { nodes { id title excerpt author { name username } tags { name } } } }`
	page = `query($id: ID!) { post(id: $id) { title body author { name } comments(first: 10) { nodes { body author { name } } } } }`
	add  = `mutation($id: ID!) { addComment(input: {postId: $id, body: "So it is."}) { comment { id } } }`
	join = `mutation($n: String!, $e: String!) { signUp(input: {username: $n, email: $e, password: "correct horse battery staple"}) { accessToken } }`
)

func (c *crowd) request(header, query string, variables map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err) // strings
	}
	return fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", c.server.Addr, header, len(body), body)
}

// prepare makes the account and finds posts.
func (c *crowd) prepare(ctx context.Context) error {
	conn, err := testbed.Dial(ctx, c.server.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	var joined struct {
		Data struct{ SignUp struct{ AccessToken string } }
	}
	body, err := conn.Do(c.request("", join, map[string]any{"n": c.name, "e": c.name + "@example.org"}))
	if err := errors.Join(err, json.Unmarshal(body, &joined)); err != nil || joined.Data.SignUp.AccessToken == "" {
		return fmt.Errorf("sign up: %w\n%.300s", err, body)
	}
	c.token = "Authorization: Bearer " + joined.Data.SignUp.AccessToken + "\r\n"
	var found struct {
		Data struct {
			Posts struct{ Nodes []struct{ ID string } }
		}
	}
	body, err = conn.Do(c.request("", `{ posts(first: 100) { nodes { id } } }`, nil))
	if err := errors.Join(err, json.Unmarshal(body, &found)); err != nil {
		return err
	}
	for _, p := range found.Data.Posts.Nodes {
		c.posts = append(c.posts, p.ID)
	}
	if len(c.posts) == 0 {
		return fmt.Errorf("there are no posts: %.300s", body)
	}
	return nil
}

// send sends requests until the time is over.
func (c *crowd) send(ctx context.Context, duration time.Duration) (sum figures, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	deadline := time.Now().Add(duration)
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			f, err := c.client(ctx, i, deadline)
			if err != nil {
				cancel(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			sum.reads, sum.writes, sum.asked, sum.away = sum.reads+f.reads, sum.writes+f.writes, sum.asked+f.asked, sum.away+f.away
		})
	}
	all.Wait()
	return sum, context.Cause(ctx)
}

func (c *crowd) client(ctx context.Context, i int, deadline time.Time) (f figures, err error) {
	conn, err := testbed.Dial(ctx, c.server.Addr)
	if err != nil {
		return f, err
	}
	defer conn.Close()
	r := rand.New(rand.NewPCG(7, uint64(i)))
	for ctx.Err() == nil && time.Now().Before(deadline) {
		id := map[string]any{"id": c.posts[r.IntN(len(c.posts))]}
		if r.IntN(10) == 0 {
			if _, err := conn.Do(c.request(c.token, add, id)); err != nil {
				return f, err
			}
			f.writes++
			continue
		}
		header := ""
		if f.reads%explained == 0 {
			header = "GraphQL-Explain: 1\r\n"
		}
		query := page
		if r.IntN(2) == 0 {
			query, id = feed, nil
		}
		body, err := conn.Do(c.request(header, query, id))
		if err != nil {
			return f, err
		}
		f.reads++
		if header == "" {
			continue
		}
		var answer struct {
			Extensions struct {
				Explain struct{ Statements []struct{ Database string } }
			}
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return f, err
		}
		if len(answer.Extensions.Explain.Statements) == 0 {
			return f, fmt.Errorf("the answer explains nothing: %.300s", body)
		}
		f.asked++
		if answer.Extensions.Explain.Statements[0].Database != "primary" { // an operation reads one database
			f.away++
		}
	}
	return f, nil
}
