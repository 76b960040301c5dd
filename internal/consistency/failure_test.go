package consistency_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/consistency"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/graphtest"
)

// signIn returns the headers of somebody whose access token is checked without
// the database.
func (s *tier) signIn(t *testing.T) http.Header {
	t.Helper()
	var got struct {
		SignUp struct{ AccessToken string }
	}
	s.Get(t, "", `mutation { signUp(input: {username: "bob", email: "bob@example.com", password: "correct horse battery"}) { accessToken } }`, nil, &got)
	return http.Header{"Authorization": {"Bearer " + got.SignUp.AccessToken}}
}

func (s *tier) reads(t *testing.T, header http.Header) *graphtest.Answer {
	t.Helper()
	a := s.Send(t, header, newest, nil)
	if len(a.Errors) > 0 || !strings.Contains(string(a.Data), `"First"`) {
		t.Fatalf("a read failed, %s: %s", from(a), a.Body)
	}
	return a
}

func TestStandbyCrashes(t *testing.T) {
	s := newTier(t)
	bob := s.signIn(t)
	for range 10 {
		s.reads(t, nil)
		s.reads(t, bob)
	}
	s.standbys[0].Kill(t)
	s.until(t, "the dead standby is known", func() bool {
		s.reads(t, nil)
		s.reads(t, bob)
		return s.DB.Servers()[1].Fault != ""
	})
	for range 10 {
		if got := from(s.reads(t, nil)); !strings.HasPrefix(got, s.proxies[2].Addr()) {
			t.Errorf("read from %s", got)
		}
	}
	s.standbys[0].Start(t)
	s.until(t, "the standby serves again", func() bool { return strings.HasPrefix(from(s.reads(t, nil)), s.proxies[1].Addr()) })
}

// TestCutInTheMiddle cuts standbys off while their rows arrive: the rest is not
// missing, and nothing comes twice.
func TestCutInTheMiddle(t *testing.T) {
	s := newTier(t)
	const posts = 60
	fixture := graphtest.NewFixture(t, s.DB)
	for i := range posts - 1 {
		fixture.Post(s.author, fmt.Sprintf("Post %d %s", i, strings.Repeat("x", 150)), post.StatusPUBLISHED)
	}
	const all = `{ posts(first: 60) { nodes { id title author { username } } } }`
	want := s.Send(t, nil, all, nil)
	s.until(t, "all is on the standbys", func() bool {
		want = s.Send(t, nil, all, nil)
		return strings.Count(string(want.Data), `"title"`) == posts
	})
	moved := 0
	for bytes := 500; bytes < 12_000; bytes += 1500 {
		s.until(t, "both standbys serve", func() bool {
			all := s.DB.Servers()
			return all[1].Fault == "" && all[2].Fault == ""
		})
		s.proxies[1].CutAfter(bytes)
		s.proxies[2].CutAfter(bytes)
		a := s.Send(t, nil, all, nil)
		if len(a.Errors) > 0 || string(a.Data) != string(want.Data) {
			t.Fatalf("cut after %d bytes, %s: %.300s", bytes, from(a), a.Body)
		}
		if strings.Contains(from(a), "failed") {
			moved++
			last := a.Extensions.Explain.Statements[len(a.Extensions.Explain.Statements)-1]
			if last.Database != "primary" {
				t.Errorf("it moved, and ended on %s", last.Database)
			}
		}
	}
	if moved == 0 {
		t.Error("no operation was cut")
	}
}

// TestFailover loses the primary, reads on, and finds the one that is promoted.
func TestFailover(t *testing.T) {
	s := newTier(t)
	s.cluster.Synchronous(t, s.standbys...)
	bob := s.signIn(t)
	var token string
	s.until(t, "a standby answers with the token", func() bool {
		a := s.Send(t, bob, change, s.comment())
		if len(a.Errors) > 0 {
			t.Fatal(string(a.Body))
		}
		token = a.Header.Get(consistency.Header)
		return !strings.HasPrefix(from(s.reads(t, http.Header{consistency.Header: {token}})), "primary")
	})
	s.cluster.Kill(t)
	for range 20 {
		s.reads(t, nil)
		s.reads(t, bob)
	}
	a := s.Send(t, bob, change, s.comment())
	if code := a.Code(t); code != "OVERLOADED" {
		t.Errorf("a mutation without a primary: %s", a.Body)
	}
	response, err := http.Get(s.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("without a primary /readyz says %s", response.Status)
	}
	// An instance of then is ready, and another one starts.
	if err := s.DB.Ready(t.Context()); err != nil {
		t.Errorf("without a primary it is not ready: %v", err)
	}
	another, err := database.Open(t.Context(), s.options)
	if err != nil {
		t.Fatal(err)
	}
	defer another.Close()
	if pending, err := another.Pending(t.Context()); err != nil || len(pending) > 0 {
		t.Errorf("without a primary the migrations %v are pending: %v", pending, err)
	}

	s.standbys[0].Promote(t)
	s.standbys[1].Follow(t, s.standbys[0])
	s.until(t, "mutations succeed again", func() bool {
		s.reads(t, nil)
		s.reads(t, bob)
		return len(s.Send(t, bob, change, s.comment()).Errors) == 0
	})
	var standby bool
	if err := s.DB.DB().QueryRowContext(t.Context(), "SELECT pg_is_in_recovery()").Scan(&standby); err != nil || standby {
		t.Errorf("DB leads to a standby: %t, %v", standby, err)
	}
	if got := from(s.reads(t, http.Header{consistency.Header: {token}})); got != "primary: the position is of another timeline" && got != "primary: no replica serves" {
		t.Errorf("a token of before read %s", got)
	}
	s.until(t, "the other standby serves", func() bool { return strings.HasPrefix(from(s.reads(t, bob)), s.proxies[2].Addr()) })

	// The old primary comes back and still takes writes.
	s.cluster.Start(t)
	s.until(t, "the old primary is known for what it is", func() bool { return strings.Contains(s.DB.Servers()[0].Fault, "left over") })
	a = s.Send(t, bob, change, s.comment())
	if len(a.Errors) > 0 {
		t.Fatal(string(a.Body))
	}
	at := a.Header.Get(consistency.Header)
	s.reads(t, http.Header{consistency.Header: {at}})
	var got struct {
		Node struct{ Comments struct{ TotalCount int } }
	}
	read := s.Send(t, http.Header{consistency.Header: {at}}, `query($id: ID!) { node(id: $id) { ... on Post { comments(first: 1) { totalCount } } } }`, s.comment())
	if err := json.Unmarshal(read.Data, &got); err != nil || got.Node.Comments.TotalCount < 2 {
		t.Errorf("the new primary has not all comments: %s", read.Body)
	}
}
