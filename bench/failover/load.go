//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

const (
	signUp     = `mutation($n: String!, $e: String!) { signUp(input: {username: $n, email: $e, password: "correct horse battery staple"}) { accessToken } }`
	createPost = `mutation { createPost(input: {title: "Register", body: "Each comment is one write.", publish: true}) { post { id } } }`
	addComment = `mutation($id: ID!) { addComment(input: {postId: $id, body: "Written."}) { comment { id } } }`
	countThem  = `query($id: ID!) { post(id: $id) { comments(first: 0) { totalCount } } }`
)

// tokenHeader carries where a write is in the log.
const tokenHeader = "Consistency-Token"

// load is writers and readers over all servers. Each writer has a post, to which
// it adds one comment after the other, with an Idempotency-Key, each until it is
// acknowledged. So the number of comments tells all: fewer than were acknowledged
// before a read began, and an own write is missing; fewer in the end, and one is
// lost; more, and one was done twice.
type load struct {
	servers   []*testbed.Server
	client    *http.Client
	registers []*register

	mu    sync.Mutex
	stage *stage
}

// register is the post of one writer.
type register struct {
	post, session string
	acknowledged  atomic.Int64

	mu    sync.Mutex
	token string // of the last write
}

// stage is what happened from one fault to the next.
type stage struct {
	name     string
	fault    time.Time // when it began
	end      time.Time // zero while it lasts
	acks     []time.Time
	retries  int
	reads    map[string]*reads // by who reads
	stale    []string          // promises that were broken
	forgiven int               // old reads of the signed-in without a token while there was no primary
}

// reads are those of one kind of reader.
type reads struct {
	done, refused, failed int
	slowest               time.Duration
	why                   string // one failed
	ends                  []time.Time
}

// Who reads.
const (
	anonymous = "anonymous"
	signedIn  = "signed in"
	withToken = "with a token"
)

func newLoad(ctx context.Context, servers []*testbed.Server, writers int) (*load, error) {
	l := &load{servers: servers, client: &http.Client{
		Timeout:   40 * time.Second, // more than Weft takes for a request
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	}}
	for i := range writers {
		name := fmt.Sprintf("writer%d", i)
		var account struct{ SignUp struct{ AccessToken string } }
		a, err := l.send(ctx, 0, nil, signUp, map[string]any{"n": name, "e": name + "@example.org"})
		if err := a.read(err, &account); err != nil {
			return nil, fmt.Errorf("sign up: %w", err)
		}
		reg := &register{session: account.SignUp.AccessToken}
		var made struct {
			CreatePost struct{ Post struct{ ID string } }
		}
		a, err = l.send(ctx, 0, reg.header(), createPost, nil)
		if err := a.read(err, &made); err != nil {
			return nil, fmt.Errorf("create post: %w", err)
		}
		reg.post = made.CreatePost.Post.ID
		l.registers = append(l.registers, reg)
	}
	return l, nil
}

func (reg *register) header() http.Header {
	return http.Header{"Authorization": {"Bearer " + reg.session}}
}

// answer is one of a server.
type answer struct {
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
	header http.Header
}

// codedError is what a server said with a code that means: try again.
type codedError struct{ code, message string }

func (e *codedError) Error() string { return e.code + ": " + e.message }

// read gives the data, or the first error.
func (a *answer) read(err error, to any) error {
	if err != nil {
		return err
	}
	if len(a.Errors) > 0 {
		return &codedError{a.Errors[0].Extensions.Code, a.Errors[0].Message}
	}
	return json.Unmarshal(a.Data, to)
}

func (l *load) send(ctx context.Context, server int, header http.Header, query string, variables map[string]any) (*answer, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.servers[server].Addr+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = http.Header{"Content-Type": {"application/json"}}
	maps.Copy(r.Header, header)
	response, err := l.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	a := &answer{header: response.Header}
	if err := json.NewDecoder(response.Body).Decode(a); err != nil {
		return nil, fmt.Errorf("%s: %w", response.Status, err)
	}
	return a, nil
}

// write adds comments to a register until ctx ends; each is sent until it is
// acknowledged or done ends.
func (l *load) write(ctx, done context.Context, i int) {
	reg := l.registers[i]
	r := rand.New(rand.NewPCG(1, uint64(i)))
	for n := int64(1); ctx.Err() == nil; n++ {
		header := reg.header()
		header.Set("Idempotency-Key", fmt.Sprintf("write-%d-%d", i, n))
		for attempt := 0; ; attempt++ {
			var added struct {
				AddComment struct{ Comment struct{ ID string } }
			}
			a, err := l.send(done, r.IntN(len(l.servers)), header, addComment, map[string]any{"id": reg.post})
			if err := a.read(err, &added); err == nil {
				reg.mu.Lock()
				reg.acknowledged.Store(n)
				reg.token = a.header.Get(tokenHeader)
				reg.mu.Unlock()
				l.mu.Lock()
				l.stage.acks = append(l.stage.acks, time.Now())
				l.mu.Unlock()
				break
			}
			if done.Err() != nil {
				return // not known: it may be there
			}
			l.mu.Lock()
			l.stage.retries++
			l.mu.Unlock()
			wait(done, 50*time.Millisecond)
		}
		wait(ctx, 10*time.Millisecond)
	}
}

// read counts the comments of registers until ctx ends.
func (l *load) read(ctx context.Context, kind string, reader int) {
	r := rand.New(rand.NewPCG(2, uint64(reader)))
	for ctx.Err() == nil {
		reg := l.registers[r.IntN(len(l.registers))]
		reg.mu.Lock()
		atLeast, token := reg.acknowledged.Load(), reg.token
		reg.mu.Unlock()
		var header http.Header
		switch kind {
		case signedIn:
			header = reg.header()
		case withToken:
			if token == "" {
				wait(ctx, 10*time.Millisecond)
				continue
			}
			header = http.Header{tokenHeader: {token}}
		}
		began := time.Now()
		n, err := l.count(ctx, r.IntN(len(l.servers)), header, reg)
		if ctx.Err() != nil {
			return
		}
		l.took(kind, began, n, atLeast, err)
		wait(ctx, 5*time.Millisecond)
	}
}

func (l *load) count(ctx context.Context, server int, header http.Header, reg *register) (int64, error) {
	var found struct {
		Post *struct{ Comments struct{ TotalCount int64 } }
	}
	a, err := l.send(ctx, server, header, countThem, map[string]any{"id": reg.post})
	if err := a.read(err, &found); err != nil {
		return 0, err
	}
	if found.Post == nil {
		return 0, nil
	}
	return found.Post.Comments.TotalCount, nil
}

// settle is how long after the first new write an instance may still take the
// primary for missing: it asks ten times a second.
const settle = time.Second

// took keeps what a read brought.
func (l *load) took(kind string, began time.Time, n, atLeast int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stage
	k := s.reads[kind]
	now := time.Now()
	k.slowest = max(k.slowest, now.Sub(began))
	if err != nil {
		var coded *codedError
		if errors.As(err, &coded) && (coded.code == "OVERLOADED" || coded.code == "TIMEOUT") {
			k.refused++
		} else {
			k.failed++
		}
		k.why = err.Error()
		return
	}
	k.done++
	k.ends = append(k.ends, now)
	if n >= atLeast || kind == anonymous { // who may be behind by a bound
		return
	}
	if kind == signedIn && !s.fault.IsZero() && now.After(s.fault) && !s.writable(began.Add(-settle)) {
		s.forgiven++
		return
	}
	if len(s.stale) < 5 {
		s.stale = append(s.stale, fmt.Sprintf("%s: %d of %d acknowledged writes were read, %v after the fault", kind, n, atLeast, now.Sub(s.fault).Round(time.Millisecond)))
	}
}

// writable reports whether something that was begun after the fault was
// acknowledged before a time: that a write was under way does not count.
func (s *stage) writable(at time.Time) bool {
	_, again := s.outage()
	return !again.IsZero() && again.Before(at)
}

// outage is the longest time without an acknowledged write since the fault; again
// is zero while it lasts.
func (s *stage) outage() (from, again time.Time) {
	last := s.fault
	var longest time.Duration
	for _, t := range s.acks {
		if t.Before(s.fault) {
			continue
		}
		if gap := t.Sub(last); gap > longest {
			longest, from, again = gap, last, t
		}
		last = t
	}
	if gap := time.Since(last); s.end.IsZero() && gap > longest && gap > time.Second {
		return last, time.Time{}
	}
	return from, again
}

// begin begins a stage and returns the one before it.
func (l *load) begin(name string) *stage {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.stage
	if before != nil {
		before.end = time.Now()
	}
	l.stage = &stage{name: name, reads: map[string]*reads{anonymous: {}, signedIn: {}, withToken: {}}}
	return before
}

// broken marks when the fault of the stage began.
func (l *load) broken() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stage.fault = time.Now()
}

// working waits until something is acknowledged that was sent after a time, and
// goes on for a while, so that a second interruption would show.
func (l *load) working(ctx context.Context, limit time.Duration) error {
	return testbed.Poll(ctx, limit, func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		n := len(l.stage.acks)
		if _, again := l.stage.outage(); again.IsZero() || n < 20 || l.stage.acks[n-20].Before(l.stage.fault.Add(2*time.Second)) {
			return errors.New("nothing can be written")
		}
		return nil
	})
}

// final compares each register with what was acknowledged.
func (l *load) final(ctx context.Context) (lost, doubled int64, err error) {
	for _, reg := range l.registers {
		var n int64
		err := testbed.Poll(ctx, 30*time.Second, func() (err error) {
			n, err = l.count(ctx, 0, reg.header(), reg)
			return err
		})
		if err != nil {
			return 0, 0, err
		}
		acknowledged := reg.acknowledged.Load()
		lost += max(acknowledged-n, 0)
		doubled += max(n-acknowledged-1, 0) // the last one may be there without having been acknowledged
	}
	return lost, doubled, nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
