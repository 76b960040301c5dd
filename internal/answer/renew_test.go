package answer_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/internal/answer"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/operation"
)

// paper is a server of one query. Its answers are numbered, depend on the tags,
// and may be served for 30 seconds after their minute is over.
type paper struct {
	t       *testing.T
	url     string
	known   *cache.Changes
	answers *answer.Answers
	handle  operation.Handler
	doc     *operation.Document

	mu    sync.Mutex
	now   time.Time
	began atomic.Int64 // how often an answer was begun
	made  atomic.Int64
	block chan struct{} // making an answer waits for a value from it; nil: no wait
}

func newPaper(t *testing.T, store string, bytes int) *paper {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
directive @cacheControl(maxAge: Int, staleWhileRevalidate: Int) on FIELD_DEFINITION
type Query { news: Int @cacheControl(maxAge: 60, staleWhileRevalidate: 30) }`})
	text := `{ news }`
	parsed, errs := gqlparser.LoadQueryWithRules(schema, text, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	model, err := cachepolicy.New(schema)
	if err != nil {
		t.Fatal(err)
	}
	p := &paper{t: t, url: dbtest.NewURL(t, store), doc: &operation.Document{Text: text, AST: parsed}, now: time.Now()}
	db, changes := graphtest.Listen(t, p.url)
	p.known = cache.New(db, changes)
	p.answers = answer.New(answer.Options{Model: model, Changes: p.known, Bytes: bytes, Now: func() time.Time {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.now
	}})
	p.handle = operation.Chain(func(ctx context.Context, op *operation.Operation, send operation.Send) {
		p.began.Add(1)
		if p.block != nil {
			select {
			case <-p.block:
			case <-ctx.Done():
				return
			}
		}
		op.Depends.AddColumn(tag.Table, "")
		padding, _ := op.Variables["padding"].(int)
		send(&operation.Response{Data: fmt.Appendf(nil, `{"news":%d%*s}`, p.made.Add(1), padding, "")})
	}, p.answers.Find, p.answers.Serve)
	p.until("the feed is whole", p.known.Whole)
	return p
}

// run does what Run does, until the test ends.
func (p *paper) run() {
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.answers.Run(ctx) })
	p.t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

func (p *paper) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

// ask returns the data, Cache-Status, and the cache policy.
func (p *paper) ask() (data, status string, policy operation.CachePolicy) {
	r := p.send(nil)
	return string(r.Data), r.CacheStatus, r.Cache
}

// send sends the query with variables, so that queries can differ.
func (p *paper) send(variables map[string]any) (response *operation.Response) {
	op := &operation.Operation{
		Document: p.doc, Definition: p.doc.AST.Operations[0], Variables: variables, QueriesOnly: true,
		Caller: operation.Caller{Network: netip.MustParsePrefix("192.0.2.1/32")},
	}
	op.Reading.Anywhere()
	ctx, stop := context.WithCancel(operation.NewContext(p.t.Context(), op))
	defer stop() // as the context of a request ends with its answer
	p.handle(ctx, op, func(r *operation.Response) bool {
		response = r
		return true
	})
	return response
}

func (p *paper) until(what string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) { //nolint:forbidigo // nothing tells
		if time.Now().After(deadline) {
			p.t.Fatalf("it never came that %s", what)
		}
	}
}

// kept sends the query until its answer is cached.
func (p *paper) kept() (data string) {
	p.t.Helper()
	p.until("an answer is kept", func() bool {
		var status string
		data, status, _ = p.ask()
		return strings.HasPrefix(status, "weft; hit")
	})
	return data
}

// TestStale requests an answer that is past its time.
func TestStale(t *testing.T) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			t.Run("OneMakesItAnew", func(t *testing.T) {
				p := newPaper(t, store, 1<<20)
				p.run()
				old := p.kept()
				p.block = make(chan struct{})
				p.pass(70 * time.Second)
				made := p.made.Load()
				for range 20 {
					data, status, policy := p.ask()
					if data != old || !strings.HasPrefix(status, "weft; hit; ttl=-") || !strings.HasSuffix(status, "; detail=stale") {
						t.Fatalf("got %s, %s", data, status)
					}
					if policy.Stale != 30*time.Second || policy.MaxAge != time.Minute || !policy.Public {
						t.Errorf("others may keep it for %+v", policy)
					}
				}
				p.block <- struct{}{}
				p.until("it is new", func() bool { data, status, _ := p.ask(); return data != old && !strings.Contains(status, "stale") })
				if n := p.made.Load() - made; n != 1 {
					t.Errorf("it was made %d times", n)
				}
				if s := p.answers.Stats(); s.Stale < 20 || s.Stale > s.Hits {
					t.Errorf("counted %+v", s)
				}
			})
			t.Run("TooOld", func(t *testing.T) {
				p := newPaper(t, store, 1<<20)
				p.run()
				old := p.kept()
				p.pass(91 * time.Second)
				if data, status, _ := p.ask(); data == old || strings.Contains(status, "hit") {
					t.Errorf("got %s, %s", data, status)
				}
			})
			t.Run("NobodyMakesAnything", func(t *testing.T) {
				p := newPaper(t, store, 1<<20)
				old := p.kept()
				p.pass(70 * time.Second)
				if data, status, _ := p.ask(); data == old || strings.Contains(status, "hit") {
					t.Errorf("got %s, %s", data, status)
				}
			})
			// A write has changed it: no viewer gets the old answer.
			t.Run("Changed", func(t *testing.T) {
				p := newPaper(t, store, 1<<20)
				p.run()
				old := p.kept()
				p.pass(70 * time.Second)
				dbtest.Stranger(t, p.url, "INSERT INTO tags (id, name, created_at) VALUES ('00000000-0000-0000-0000-000000000001', 'new', '2026-01-01 00:00:00+00:00')")
				p.until("it is noticed", func() bool { data, _, _ := p.ask(); return data != old })
				for range 5 {
					if data, status, _ := p.ask(); data == old {
						t.Errorf("got %s, %s", data, status)
					}
				}
			})
		})
	}
}

// TestCrowdWhileSomethingChanges has a crowd ask while changes keep the answers
// from being kept: those who wait share what one of them has made.
func TestCrowdWhileSomethingChanges(t *testing.T) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			p := newPaper(t, store, 1<<20)
			p.kept()
			p.pass(2 * time.Minute)
			p.block = make(chan struct{})
			began, made, misses := p.began.Load(), p.made.Load(), p.answers.Stats().Misses
			const crowd = 20
			answers := make(chan string, crowd)
			var all sync.WaitGroup
			for range crowd {
				all.Go(func() {
					data, status, _ := p.ask()
					answers <- data + " " + status
				})
			}
			p.until("all ask", func() bool { return p.answers.Stats().Misses == misses+crowd })
			var noted depend.Recorder
			noted.AddColumn(tag.Table, "")
			tags := noted.Noted().Keys
			for n := range 2 { // the answer of the first, and that of one of those who waited for it
				p.until("it is begun", func() bool { return p.began.Load() > began+int64(n) })
				var before cache.Stamp
				p.until("a change would be noticed", func() (ok bool) {
					before, ok = p.known.Start(t.Context()).End(t.Context(), noted.Noted())
					return ok
				})
				dbtest.Stranger(t, p.url, fmt.Sprintf("INSERT INTO tags (id, name, created_at) VALUES ('00000000-0000-0000-0000-00000000000%d', 'new%d', '2026-01-01 00:00:00+00:00')", n, n))
				p.until("the change is heard", func() bool { return !p.known.Valid(before, tags) })
				p.block <- struct{}{}
			}
			close(p.block)
			all.Wait()
			close(answers)
			shared := 0
			for a := range answers {
				if strings.Contains(a, "collapsed") {
					shared++
				}
			}
			// One who came late may have begun anew.
			if n := p.made.Load() - made; n > 3 || shared < crowd/2 || p.answers.Stats().Collapsed != int64(shared) {
				t.Errorf("it was made %d times, and %d shared it: %+v", n, shared, p.answers.Stats())
			}
		})
	}
}
