//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

// crowd is who reads and writes: readers ask for the feed, the pages of posts
// and of their authors, the popular ones most; one request in ten writes.
type crowd struct {
	server *testbed.Server
	posts  []string // ids, the newest first
	users  []string // names
	tokens []string // of accounts
	does   configuration
}

const (
	page   = `query Post($id: ID!) { post(id: $id) { title body score author { name username } tags { name } comments(first: 10) { totalCount nodes { body author { name } } } } }`
	person = `query Person($name: String!) { user(username: $name) { name bio posts(first: 10) { totalCount nodes { id title publishedAt } } } }`
)

func operation(query string, variables map[string]any) string {
	text, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err) // strings
	}
	return string(text)
}

// request is the next one at random, and the access token that it shows, if any.
func (c *crowd) request(r *rand.Rand, popular *rand.Zipf) (body, token string) {
	at := func(list []string) string { return list[int(popular.Uint64())%len(list)] }
	if c.does.writes || r.IntN(10) == 0 {
		token := c.tokens[r.IntN(len(c.tokens))]
		switch n := r.IntN(10); {
		case n < 6:
			return operation(`mutation ($id: ID!) { addComment(input: {postId: $id, body: "So it is."}) { comment { id } } }`, map[string]any{"id": at(c.posts)}), token
		case n < 9:
			return operation(`mutation ($id: ID!, $v: VoteValue!) { votePost(input: {id: $id, value: $v}) { post { id score } } }`,
				map[string]any{"id": at(c.posts), "v": []string{"UP", "DOWN", "NONE"}[r.IntN(3)]}), token
		default:
			return operation(`mutation { createPost(input: {title: "New", body: "Something new.", tags: ["go"], publish: true}) { post { id } } }`, nil), token
		}
	}
	if r.IntN(5) == 0 {
		token = c.tokens[r.IntN(len(c.tokens))]
	}
	switch n := r.IntN(10); {
	case n < 4:
		return operation(feed, nil), token
	case n < 8:
		return operation(page, map[string]any{"id": at(c.posts)}), token
	default:
		return operation(person, map[string]any{"name": at(c.users)}), token
	}
}

// send sends requests until the time is over.
func (c *crowd) send(ctx context.Context, clients int, duration time.Duration) (sent int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	deadline := time.Now().Add(duration)
	var all sync.WaitGroup
	var n atomic.Int64
	for i := range clients {
		all.Go(func() {
			conn, err := testbed.Dial(ctx, c.server.Addr)
			if err != nil {
				cancel(err)
				return
			}
			defer conn.Close()
			r := rand.New(rand.NewPCG(7, uint64(i)))
			popular := rand.NewZipf(r, 1.1, 2, 1999)
			written := map[string]string{} // the last Consistency-Token, by access token
			for ctx.Err() == nil && time.Now().Before(deadline) {
				body, token := c.request(r, popular)
				if _, err := conn.Do(postAs(c.server, token, written[token], body)); err != nil {
					cancel(err)
					return
				}
				if at := conn.Header.Get("Consistency-Token"); c.does.carry && at != "" {
					written[token] = at
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	return n.Load(), context.Cause(ctx)
}

// configuration is a row of the table: how many bytes the server has for answers
// and rows, and what the crowd does.
type configuration struct {
	name, short   string // in the table and in the plot
	answers, rows int
	writes        bool // alone
	carry         bool // each client sends the Consistency-Token of its last write
}

// mixed compares a server with the cache off and on, for the same requests.
func (b *bench) mixed(ctx context.Context, table io.Writer) error {
	fmt.Fprintf(table, "\n90 %% reads and 10 %% writes at random, popular posts more often, %d clients. Statements are PostgreSQL's transactions: a read is one.\n\n"+
		"| kept | requests/s | transactions a request | CPU of the server | of PostgreSQL | together |\n|---|--:|--:|--:|--:|--:|\n", clients)
	configurations := []configuration{
		{name: "nothing", short: "nothing kept"},
		{name: "rows", short: "rows kept", rows: room},
		{name: "answers", short: "answers kept", answers: room},
		{name: "answers and rows", short: "both", answers: room, rows: room},
		{name: "the same, clients send the Consistency-Token of their last write", short: "both, clients send tokens", answers: room, rows: room, carry: true},
		{name: "the same, a tenth of the writes alone", short: "both, a tenth of the writes alone", answers: room, rows: room, writes: true},
	}
	drawn := chart{title: "90 % reads, 10 % writes: microseconds of CPU a request", parts: whose}
	var listed bytes.Buffer
	together := make([]time.Duration, len(configurations))
	for i, c := range configurations {
		fmt.Fprintf(&listed, "\nStatements with %s kept, a request:\n\n", c.name)
		f, transactions, err := b.mix(ctx, c, &listed)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if c.writes { // so much of a request of the mix
			f.ServerCPU, f.DataCPU, transactions, f.PerSecond = f.ServerCPU/10, f.DataCPU/10, transactions/10, 10*f.PerSecond
		}
		together[i] = f.TotalCPU()
		fmt.Fprintf(table, "| %s | %.0f | %.2f | %d µs | %d µs | %d µs |\n", c.name, f.PerSecond, transactions,
			f.ServerCPU.Microseconds(), f.DataCPU.Microseconds(), together[i].Microseconds())
		drawn.bars = append(drawn.bars, processors(c.short, fmt.Sprintf(", %.2f transactions", transactions), f))
	}
	b.charts = append(b.charts, drawn)
	off, on, writes := float64(together[0]), float64(together[3]), float64(together[len(together)-1])
	fmt.Fprintf(table, "\nThe caches take %.0f %% of the CPU away, and of the reads' %.0f %%.\n", 100*(1-on/off), 100*(1-(on-writes)/(off-writes)))
	if b.listed > 0 {
		_, err := listed.WriteTo(table)
		return err
	}
	return nil
}

func (b *bench) mix(ctx context.Context, of configuration, listed io.Writer) (f testbed.Figures, transactions float64, err error) {
	s, err := b.start(ctx, of.answers, of.rows)
	if err != nil {
		return f, 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	c, err := newCrowd(ctx, s)
	if err != nil {
		return f, 0, err
	}
	c.does = of
	if _, err := c.send(ctx, clients, b.options.mix/3); err != nil {
		return f, 0, err
	}
	if err := b.forget(ctx); err != nil {
		return f, 0, err
	}
	before, err := b.transactions(ctx)
	if err != nil {
		return f, 0, err
	}
	server, data, err := testbed.CPU(s, b.postgres)
	if err != nil {
		return f, 0, err
	}
	start := time.Now()
	n, err := c.send(ctx, clients, b.options.mix)
	if err != nil {
		return f, 0, err
	}
	elapsed := time.Since(start)
	serverAfter, dataAfter, err := testbed.CPU(s, b.postgres)
	if err != nil {
		return f, 0, err
	}
	if err := b.list(ctx, n, listed); err != nil {
		return f, 0, err
	}
	after, err := b.transactions(ctx)
	f = testbed.Figures{
		PerSecond: float64(n) / elapsed.Seconds(),
		ServerCPU: (serverAfter - server) / time.Duration(n), DataCPU: (dataAfter - data) / time.Duration(n),
	}
	return f, float64(after-before) / float64(n), err
}

// transactions is how many there were in the database.
func (b *bench) transactions(ctx context.Context) (n int64, err error) {
	time.Sleep(1500 * time.Millisecond) //nolint:forbidigo // backends tell what they did once a second
	err = b.connected(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&n)
	})
	return n, err
}

// newCrowd finds what the crowd asks for, and makes its accounts.
func newCrowd(ctx context.Context, s *testbed.Server) (*crowd, error) {
	c := &crowd{server: s}
	after := ""
	for len(c.posts) < 2000 {
		var found struct {
			Data struct {
				Posts struct {
					Nodes []struct {
						ID     string
						Author struct{ Username string }
					}
					PageInfo struct{ EndCursor string }
				}
			}
		}
		variables := map[string]any{}
		if after != "" {
			variables["after"] = after
		}
		body, err := once(ctx, s, post(s, operation(`query ($after: String) { posts(first: 100, after: $after) { nodes { id author { username } } pageInfo { endCursor } } }`, variables)))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &found); err != nil {
			return nil, err
		}
		if len(found.Data.Posts.Nodes) == 0 {
			break
		}
		for _, p := range found.Data.Posts.Nodes {
			c.posts, c.users = append(c.posts, p.ID), append(c.users, p.Author.Username)
		}
		after = found.Data.Posts.PageInfo.EndCursor
	}
	for i := range 8 {
		name := fmt.Sprintf("bench%d%d", time.Now().UnixNano(), i)
		var made struct {
			Data struct{ SignUp struct{ AccessToken string } }
		}
		body, err := once(ctx, s, post(s, operation(`mutation ($n: String!, $e: String!) { signUp(input: {username: $n, email: $e, password: "correct horse battery staple"}) { accessToken } }`,
			map[string]any{"n": name, "e": name + "@example.org"})))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &made); err != nil {
			return nil, err
		}
		if made.Data.SignUp.AccessToken == "" {
			return nil, fmt.Errorf("sign up: %.300s", body)
		}
		c.tokens = append(c.tokens, made.Data.SignUp.AccessToken)
	}
	return c, nil
}
