package answer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// cached is a server with a cache and some rows.
type cached struct {
	*graphtest.Server
	url                 string // the database's
	ada, grace          *ent.User
	first, other, draft *ent.Post
}

func eachCached(t *testing.T, test func(t *testing.T, s *cached)) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			url := dbtest.NewURL(t, store)
			fixture := graphtest.NewFixture(t, dbtest.OpenURL(t, url))
			s := &cached{url: url, ada: fixture.User("ada", auth.RoleUser), grace: fixture.User("grace", auth.RoleUser)}
			fixture.User("moderator", auth.RoleModerator)
			s.first = fixture.Post(s.ada, "First", post.StatusPUBLISHED)
			s.other = fixture.Post(s.grace, "Other", post.StatusPUBLISHED)
			s.draft = fixture.Post(s.ada, "Draft", post.StatusDRAFT)
			db, changes := graphtest.Listen(t, url)
			s.Server = graphtest.Start(t, db, withAnswers(t, cache.New(db, changes), nil))
			s.settle(t)
			test(t, s)
		})
	}
}

// settle waits until the writes are old enough for answers to be kept.
func (s *cached) settle(t *testing.T) {
	t.Helper()
	probe := 0
	for range 200 {
		probe++
		query := fmt.Sprintf(`{ users(first: 1) { nodes { name } } posts(first: 5) { nodes { title } } q%d: tags(first: 1) { nodes { name } } }`, probe)
		s.get(t, nil, query)
		if r := s.get(t, nil, query); r.hit() {
			return
		}
	}
	t.Fatal("nothing is ever kept")
}

// reply is an answer as caches see it.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) hit() bool { return strings.Contains(r.header.Get("Cache-Status"), "weft; hit") }

func (s *cached) get(t *testing.T, header http.Header, query string) reply {
	t.Helper()
	return s.request(t, http.MethodGet, "/graphql?query="+url.QueryEscape(query), header, nil)
}

func (s *cached) post(t *testing.T, header http.Header, query string) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	return s.request(t, http.MethodPost, "/graphql", header, body)
}

func (s *cached) request(t *testing.T, method, path string, header http.Header, body []byte) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("GraphQL-Require-Preflight", "1")
	maps.Copy(r.Header, header)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, text}
}

func as(viewer string) http.Header { return http.Header{auth.ViewerHeader: {viewer}} }

// TestWhatAWriteInvalidates tries writes against queries: a write must
// invalidate exactly the answers that it could change.
func TestWhatAWriteInvalidates(t *testing.T) {
	eachCached(t, func(t *testing.T, s *cached) {
		first, other := s.first.ID.String(), s.other.ID.String()
		queries := map[string]string{
			"newest":      `{ posts(first: 5) { nodes { id } } }`,
			"first":       fmt.Sprintf(`{ post(id: %q) { title } }`, first),
			"comments":    fmt.Sprintf(`{ post(id: %q) { comments(first: 5) { nodes { body } } } }`, first),
			"count":       fmt.Sprintf(`{ post(id: %q) { comments { totalCount } } }`, other),
			"by ada":      `{ user(username: "ada") { posts(first: 5) { nodes { title } } } }`,
			"by grace":    `{ user(username: "grace") { posts(first: 5) { nodes { title } } } }`,
			"grace":       `{ user(username: "grace") { name } }`,
			"ada's words": `{ user(username: "ada") { comments(first: 5) { nodes { body } } } }`,
			"replies":     fmt.Sprintf(`{ post(id: %q) { replies(first: 5) { nodes { body } } } }`, other),
			"tagged":      `{ posts(first: 5, filter: {tags: ["go"]}) { nodes { title } } }`,
			"of go":       `{ tag(name: "go") { posts(first: 5) { nodes { title } } } }`,
			"of sql":      `{ tag(name: "sql") { posts(first: 5) { nodes { title } } } }`,
			"best":        `{ posts(first: 5, orderBy: {field: SCORE, direction: DESC}) { nodes { id } } }`,
		}
		for _, c := range []struct{ viewer, mutation, gone string }{
			{"ada", fmt.Sprintf(`addComment(input: {postId: %q, body: "Yes"}) { comment { id } }`, first), "ada's words; comments"},
			{"ada", fmt.Sprintf(`addComment(input: {postId: %q, body: "No"}) { comment { id } }`, other), "ada's words; count"},
			{"ada", fmt.Sprintf(`updatePost(input: {id: %q, title: "Changed"}) { post { id } }`, first), "best; by ada; comments; first; newest"},
			{"grace", fmt.Sprintf(`votePost(input: {id: %q, value: UP}) { post { id } }`, first), "best; comments; first"},
			{"grace", `createPost(input: {title: "New", body: "x", publish: true}) { post { id } }`, "best; by grace; newest"},
			{"grace", fmt.Sprintf(`replyToPost(input: {postId: %q, body: "x"}) { post { id } }`, other), "best; by grace; newest; replies"},
			{"grace", `updateProfile(input: {name: "G"}) { user { id } }`, "by grace; grace"},
			{"ada", fmt.Sprintf(`setPostTags(input: {id: %q, tags: ["go"]}) { post { id } }`, first), "best; by ada; comments; first; newest; of go; of sql; tagged"},
			{"grace", `createPost(input: {title: "Tagged", body: "x", tags: ["sql"], publish: true}) { post { id } }`, "best; by grace; newest; of sql; tagged"},
		} {
			for range 100 {
				if s.allKept(t, queries) {
					break
				}
			}
			if r := s.post(t, as(c.viewer), "mutation { "+c.mutation+" }"); bytes.Contains(r.body, []byte(`"errors"`)) {
				t.Fatalf("%s", r.body)
			}
			if gone := s.gone(t, queries); gone != c.gone {
				t.Errorf("%s\n had gone: %s\nshould be: %s", c.mutation, gone, c.gone)
			}
		}
	})
}

// TestOtherProgramHidesAPost lets a program that knows nothing of the feed hide
// a post. Answers that depend on the post only for who may see it must go too.
func TestOtherProgramHidesAPost(t *testing.T) {
	eachCached(t, func(t *testing.T, s *cached) {
		s.post(t, as("grace"), fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: "Seen"}) { comment { id } } }`, s.first.ID))
		query := `{ user(username: "grace") { comments(first: 5) { nodes { body } } } }`
		for range 100 {
			if s.get(t, nil, query).hit() {
				break
			}
		}
		dbtest.Stranger(t, s.url, "UPDATE posts SET status = 'ARCHIVED' WHERE title = 'First'")
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) { //nolint:forbidigo // nothing tells when it is heard
			r := s.get(t, nil, query)
			if !bytes.Contains(r.body, []byte("Seen")) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the comment is still shown: %s", r.header.Get("Cache-Status"))
			}
		}
	})
}

// TestWhoAsks sends the same queries from several viewers: they share the
// answers that do not depend on the viewer.
func TestWhoAsks(t *testing.T) {
	eachCached(t, func(t *testing.T, s *cached) {
		list := `{ posts(first: 2) { nodes { title author { name } } } }`
		s.get(t, nil, list)
		for _, viewer := range []string{"ada", "grace", "moderator"} {
			if r := s.get(t, as(viewer), list); !r.hit() {
				t.Errorf("%s does not share the list: %s", viewer, r.header.Get("Cache-Status"))
			}
		}
		one := fmt.Sprintf(`{ post(id: %q) { title } }`, s.draft.ID)
		for range 2 {
			for viewer, want := range map[string]string{"ada": "Draft", "grace": "null", "moderator": "Draft", "": "null"} {
				header := http.Header{}
				if viewer != "" {
					header = as(viewer)
				}
				if r := s.get(t, header, one); !strings.Contains(string(r.body), want) {
					t.Errorf("%q sees %s: %s", viewer, r.body, r.header.Get("Cache-Status"))
				}
			}
		}
		mine := fmt.Sprintf(`{ post(id: %q) { viewerCanUpdate } viewer { username } }`, s.first.ID)
		for range 2 {
			for _, viewer := range []string{"ada", "grace"} {
				r := s.get(t, as(viewer), mine)
				if want := fmt.Sprintf(`{"data":{"post":{"viewerCanUpdate":%t},"viewer":{"username":%q}}}`, viewer == "ada", viewer); string(r.body) != want {
					t.Errorf("%s sees %s", viewer, r.body)
				}
				if got := r.header.Get("Cache-Control"); got != "private, no-cache" {
					t.Errorf("%s may keep it: %s", viewer, got)
				}
			}
		}
	})
}

// TestHTTP checks the headers for the caches between client and server.
func TestHTTP(t *testing.T) {
	eachCached(t, func(t *testing.T, s *cached) {
		list := `{ posts(first: 2) { nodes { title } } }`
		fresh := s.get(t, nil, list)
		again := s.get(t, nil, list)
		tag := again.header.Get("Etag")
		if !again.hit() || tag == "" || tag != fresh.header.Get("Etag") || !bytes.Equal(fresh.body, again.body) ||
			again.header.Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("the second is %s, %v", again.body, again.header)
		}
		vary := strings.Join(again.header["Vary"], ", ")
		for _, name := range []string{"Authorization", "Cookie", "Accept", "Accept-Encoding"} {
			if !strings.Contains(vary, name) {
				t.Errorf("Vary is %s", vary)
			}
		}
		for _, given := range []string{tag, strings.TrimPrefix(tag, "W/"), `"a", ` + tag, "*"} {
			r := s.get(t, http.Header{"If-None-Match": {given}}, list)
			if r.status != http.StatusNotModified || len(r.body) > 0 || r.header.Get("Etag") != tag || r.header.Get("Cache-Control") == "" {
				t.Errorf("If-None-Match: %s gives %d %s %v", given, r.status, r.body, r.header)
			}
		}
		if r := s.get(t, http.Header{"If-None-Match": {`"no", W/no`}}, list); r.status != http.StatusOK {
			t.Errorf("another tag gives %d", r.status)
		}
		if r := s.post(t, http.Header{"If-None-Match": {tag}}, list); r.status != http.StatusOK || !r.hit() || r.header.Get("Etag") != "" {
			t.Errorf("a POST gives %d %v", r.status, r.header)
		}
		for name, query := range map[string]string{
			"an error":     `{ posts(first: 1000) { nodes { title } } }`,
			"part of it":   fmt.Sprintf(`{ a: node(id: "x") { id } post(id: %q) { title } }`, s.first.ID),
			"not kept":     `{ viewer { sessions { id } } }`,
			"no such name": `{ nothing }`,
		} {
			if r := s.get(t, nil, query); r.header.Get("Cache-Control") != "no-store" || r.header.Get("Etag") != "" {
				t.Errorf("%s: %v", name, r.header)
			}
		}
		head := s.request(t, http.MethodHead, "/graphql?query="+url.QueryEscape(list), nil, nil)
		if head.status != http.StatusOK || len(head.body) > 0 || head.header.Get("Etag") != tag {
			t.Errorf("HEAD gives %d %v", head.status, head.header)
		}
	})
}

// TestPoison sends requests that look alike and must not get the same answer.
func TestPoison(t *testing.T) {
	eachCached(t, func(t *testing.T, s *cached) {
		query := `query A($n: Int, $f: PostFilter) { posts(first: $n, filter: $f) { nodes { title } } } query B($n: Int) { posts(first: $n) { totalCount } tags { totalCount } }`
		send := func(name, variables string) string {
			body := fmt.Sprintf(`{"query": %q, "operationName": %q, "variables": %s}`, query, name, variables)
			return string(s.request(t, http.MethodPost, "/graphql", nil, []byte(body)).body)
		}
		for range 2 {
			for _, c := range []struct{ name, variables, want string }{
				{"A", `{"n": 1}`, `{"data":{"posts":{"nodes":[{"title":"Other"}]}}}`},
				{"B", `{"n": 1}`, `{"data":{"posts":{"totalCount":2},"tags":{"totalCount":0}}}`},
				{"A", `{"n": 2}`, `{"data":{"posts":{"nodes":[{"title":"Other"},{"title":"First"}]}}}`},
				{"A", `{"n": 2, "f": {"authorId": "` + s.ada.ID.String() + `"}}`, `{"data":{"posts":{"nodes":[{"title":"First"}]}}}`},
				{"A", `{"f": {"authorId": "` + s.ada.ID.String() + `"}, "n": 2}`, `{"data":{"posts":{"nodes":[{"title":"First"}]}}}`},
				{"A", `{"n": 2, "f": {"tags": ["a", "b"]}}`, `{"data":{"posts":{"nodes":[]}}}`},
				{"A", `{"n": 2, "f": null}`, `{"data":{"posts":{"nodes":[{"title":"Other"},{"title":"First"}]}}}`},
			} {
				if got := send(c.name, c.variables); got != c.want {
					t.Errorf("%s %s: got %s", c.name, c.variables, got)
				}
			}
		}
		// Headers that do not change the answer share one, and none gets into
		// it.
		list := `{ posts(first: 2) { nodes { title } } }`
		plain := s.get(t, nil, list)
		for name, value := range map[string]string{
			"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "1.2.3.4", "Accept-Language": "xx", "Origin": "https://evil.example",
			"Apollographql-Client-Name": "evil", "X-Request-Id": "evil", "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		} {
			if r := s.get(t, http.Header{name: {value}}, list); !bytes.Equal(r.body, plain.body) || !r.hit() {
				t.Errorf("%s: %s, %s", name, r.body, r.header.Get("Cache-Status"))
			}
		}
		if r := s.get(t, http.Header{"Accept": {"application/graphql-response+json"}}, list); !strings.HasPrefix(r.header.Get("Content-Type"), "application/graphql-response+json") {
			t.Errorf("another media type gives %v", r.header)
		}
	})
}

// TestCrowd sends many requests at once for an answer that is not cached yet.
func TestCrowd(t *testing.T) {
	eachCached(t, func(t *testing.T, s *cached) {
		query := `{ posts(first: 2) { nodes { title author { name } tags { name } } } users { totalCount } }`
		var all sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for range 40 {
			all.Go(func() {
				r := s.get(t, nil, query)
				mu.Lock()
				defer mu.Unlock()
				if !r.hit() {
					made++
				}
			})
		}
		all.Wait()
		if made != 1 {
			t.Errorf("the answer was made %d times", made)
		}
	})
}

func (s *cached) allKept(t *testing.T, queries map[string]string) bool {
	for _, q := range queries {
		s.get(t, nil, q)
	}
	for _, q := range queries {
		if !s.get(t, nil, q).hit() {
			return false
		}
	}
	return true
}
