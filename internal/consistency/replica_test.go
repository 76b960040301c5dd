package consistency_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/consistency"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// tier is a server over a primary and two standbys, each behind a proxy.
type tier struct {
	*graphtest.Server
	cluster  *dbtest.Cluster
	standbys []*dbtest.Node
	proxies  []*dbtest.Proxy // of the primary, and of the standbys
	name     string          // of the database
	author   *ent.User
	post     *ent.Post
	options  database.Options
}

const patience = time.Minute

func newTier(t *testing.T) *tier {
	t.Helper()
	cluster := dbtest.Private(t)
	link := cluster.NewDatabase(t)
	name := dbtest.NameOf(link)
	first := dbtest.OpenURL(t, link)
	if _, err := first.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &tier{cluster: cluster, standbys: cluster.Standbys(t, 2), name: name}
	s.proxies = []*dbtest.Proxy{dbtest.NewProxy(t, cluster.Node)}
	options := database.Options{URL: s.proxies[0].URL(name), MaxConns: 8}
	for _, node := range s.standbys {
		p := dbtest.NewProxy(t, node)
		s.proxies = append(s.proxies, p)
		options.ReplicaURLs = append(options.ReplicaURLs, p.URL(name))
	}
	fixture := graphtest.NewFixture(t, first)
	s.author = fixture.User("ada", auth.RoleUser)
	s.post = fixture.Post(s.author, "First", post.StatusPUBLISHED)
	s.options = options
	db, err := database.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s.Server = graphtest.Start(t, db)
	s.until(t, "both standbys serve", func() bool {
		n := 0
		for _, m := range db.Servers() {
			if m.Standby && m.Fault == "" && m.Behind < time.Second {
				n++
			}
		}
		return n == 2
	})
	return s
}

// until waits for a condition.
func (s *tier) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline.C:
			t.Fatalf("it never came that %s: %+v", what, s.DB.Servers())
		case <-tick.C:
		}
	}
}

// from returns the databases that an answer came from, with why.
func from(a *graphtest.Answer) string {
	seen := map[string]bool{}
	var all []string
	for _, s := range a.Extensions.Explain.Statements {
		if text := s.Database + ": " + s.Reason; !seen[text] {
			seen[text] = true
			all = append(all, text)
		}
	}
	return strings.Join(all, "; ")
}

const (
	newest = `{ posts(first: 5) { nodes { title author { username } } } }`
	change = `mutation($id: ID!) { addComment(input: {postId: $id, body: "Yes"}) { comment { body post { title } } } }`
)

func (s *tier) comment() map[string]any { return map[string]any{"id": s.post.ID.String()} }

// wire keeps what is sent to a standby.
type wire struct {
	mu   sync.Mutex
	sent bytes.Buffer
}

func (w *wire) see(sent []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent.Write(sent)
	return false
}

func (w *wire) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent.String()
}

// TestQueriesReadReplicas watches the wire of the standbys.
func TestQueriesReadReplicas(t *testing.T) {
	s := newTier(t)
	var wires [2]wire
	for i := range wires {
		s.proxies[i+1].CutWhen(wires[i].see)
	}
	seen := map[string]bool{}
	s.until(t, "each standby has read", func() bool {
		a := s.Get(t, "", newest, nil, nil)
		got := from(a)
		if strings.Contains(got, ";") || !strings.HasSuffix(got, "within the bound") && got != "primary: no replica is within the bound" {
			t.Fatalf("a query read %s", got)
		}
		seen[got] = !strings.HasPrefix(got, "primary")
		return seen[s.proxies[1].Addr()+": within the bound"] && seen[s.proxies[2].Addr()+": within the bound"]
	})
	for range 3 {
		a := s.Get(t, "ada", change, s.comment(), nil)
		for _, statement := range a.Extensions.Explain.Statements {
			if statement.Database != "primary" || statement.Reason == "" {
				t.Fatalf("a mutation used %s", from(a))
			}
		}
	}
	for i := range wires {
		text := strings.ToLower(wires[i].text())
		if !strings.Contains(text, "from posts") && !strings.Contains(text, `from "posts`) {
			t.Errorf("standby %d read no posts", i)
		}
		for _, word := range []string{"insert ", "update ", "delete ", "returning", "for update", "for share", "begin", "commit", "emit_message", "comments"} {
			if strings.Contains(text, word) {
				t.Errorf("standby %d was sent %q", i, word)
			}
		}
	}
}

// TestTokens writes and reads at once, while the standbys show nothing new.
func TestTokens(t *testing.T) {
	s := newTier(t)
	for _, standby := range s.standbys {
		standby.PauseReplay(t)
	}
	const read = `query($id: ID!) { node(id: $id) { ... on Post { comments(first: 5) { totalCount } } } }`
	count := func(header http.Header) (int, *graphtest.Answer) {
		t.Helper()
		a := s.Send(t, header, read, s.comment())
		return strings.Count(string(a.Data), `"totalCount":1`), a
	}
	wrote := s.Get(t, "ada", change, s.comment(), nil)
	token := wrote.Header.Get(consistency.Header)
	if token == "" {
		t.Fatal("a write gives no token")
	}
	if n, a := count(http.Header{consistency.Header: {token}}); n != 1 || !strings.HasPrefix(from(a), "primary") {
		t.Errorf("with the token, %s: %s", from(a), a.Body)
	}
	if n, a := count(http.Header{auth.ViewerHeader: {"ada"}}); n != 1 || !strings.HasPrefix(from(a), "primary") {
		t.Errorf("signed in, %s: %s", from(a), a.Body)
	}
	for _, standby := range s.standbys {
		standby.ResumeReplay(t)
	}
	s.until(t, "a standby answers with the token", func() bool {
		n, a := count(http.Header{consistency.Header: {token}})
		if n != 1 {
			t.Fatalf("with the token, %s: %s", from(a), a.Body)
		}
		return strings.HasSuffix(from(a), "has what the token names")
	})
	s.until(t, "a standby answers a signed-in reader", func() bool {
		n, a := count(http.Header{auth.ViewerHeader: {"ada"}})
		if n != 1 {
			t.Fatalf("signed in, %s: %s", from(a), a.Body)
		}
		return strings.HasSuffix(from(a), "has what was committed before")
	})
	forged := []byte(token)
	forged[3] ^= 1
	for _, bad := range []string{string(forged), "x", token + "A", ""} {
		if _, a := count(http.Header{consistency.Header: {bad}}); a.Code(t) != "BAD_USER_INPUT" {
			t.Errorf("token %q: %s", bad, a.Body)
		}
	}
}

// TestTokensOfOneDatabase has no replicas: tokens are given and taken all the same.
func TestTokensOfOneDatabase(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		fixture := graphtest.NewFixture(t, db)
		written := fixture.Post(fixture.User("ada", auth.RoleUser), "First", post.StatusPUBLISHED)
		s := &tier{Server: graphtest.Start(t, db), post: written}
		first := s.Get(t, "ada", change, s.comment(), nil).Header.Get(consistency.Header)
		second := s.Get(t, "ada", change, s.comment(), nil).Header.Get(consistency.Header)
		if first == "" || first == second {
			t.Errorf("two writes gave the tokens %q and %q", first, second)
		}
		a := s.Send(t, http.Header{consistency.Header: {second}}, newest, nil)
		if len(a.Errors) > 0 || !strings.Contains(string(a.Data), "First") || a.Header.Get(consistency.Header) != "" {
			t.Errorf("a read with a token: %s", a.Body)
		}
		if a := s.Send(t, http.Header{consistency.Header: {"made up"}}, newest, nil); a.Code(t) != "BAD_USER_INPUT" {
			t.Errorf("a made-up token: %s", a.Body)
		}
	})
}
