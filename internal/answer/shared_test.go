package answer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/redistest"
)

// sharing is an instance that shares its answers through Redis.
func sharing(t *testing.T, url string, client redis.Cmdable) (*cached, *rediscache.Cache) {
	t.Helper()
	db, changes := graphtest.Listen(t, url)
	shared := rediscache.New(client, "test:")
	shared.Patience = time.Second // the machine may be busy
	running(t, shared)
	return &cached{Server: graphtest.Start(t, db, withAnswers(t, cache.New(db, changes), shared))}, shared
}

// settled sends a query until its answer is cached, here and in Redis.
func (s *cached) settled(t *testing.T, client *redis.Client, query string) {
	t.Helper()
	for range 500 {
		if s.get(t, nil, query).hit() && client.DBSize(t.Context()).Val() > 0 {
			return
		}
		time.Sleep(2 * time.Millisecond) //nolint:forbidigo // it is written soon
	}
	t.Fatal("nothing gets into Redis")
}

// TestSharedAnswers lets one instance serve answers that another has made, as
// long as nothing has changed, but not answers from before its own feed began.
func TestSharedAnswers(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.Client(t)
	url := dbtest.NewURL(t, "postgres")
	f := graphtest.NewFixture(t, dbtest.OpenURL(t, url))
	ada := f.User("ada", auth.RoleUser)
	f.Post(ada, "First", post.StatusPUBLISHED)
	one, _ := sharing(t, url, client)
	two, shared := sharing(t, url, client)
	const list = `{ posts(first: 5) { nodes { title author { name } } } }`
	// The first instance must read at a position since which the other knows
	// all changes.
	borrowed := false
	for i := 0; i < 50 && !borrowed; i++ {
		query := strings.Replace(list, "title", fmt.Sprintf("t%d: title", i), 1)
		one.settled(t, client, query)
		r := two.get(t, nil, query)
		borrowed = r.hit() && strings.Contains(string(r.body), "First")
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // the feed asks where the primary is now and then
	}
	if !borrowed {
		t.Error("the other instance makes its own answers")
	}
	if r := two.get(t, as("ada"), `{ viewer { name } }`); r.hit() {
		t.Error("what is private is shared")
	}

	for _, name := range []string{"Ada L.", "Ada K."} {
		token := one.post(t, as("ada"), `mutation { updateProfile(input: {name: "`+name+`"}) { user { name } } }`).header["Consistency-Token"]
		if r := two.get(t, map[string][]string{"Consistency-Token": token}, list); r.hit() || !strings.Contains(string(r.body), name) {
			t.Errorf("after a change: %s, %s", r.header.Get("Cache-Status"), r.body)
		}
	}

	before := shared.Faults()
	one.settled(t, client, list)
	late, _ := sharing(t, url, client)
	late.post(t, as("ada"), `mutation { updateProfile(input: {bio: "x"}) { user { name } } }`)
	if r := late.get(t, as("ada"), list); r.hit() {
		t.Error("an instance takes what was made before it heard of changes")
	}

	// A damaged answer is not served. Each is written soon, maybe after the others
	// were damaged.
	three, own := sharing(t, url, client)
	for i := 0; i < 50 && own.Faults() == 0; i++ {
		query := strings.Replace(list, "title", fmt.Sprintf("d%d: title", i), 1)
		one.settled(t, client, query)
		for _, k := range client.Keys(t.Context(), "test:*").Val() {
			text := client.Get(t.Context(), k).Val()
			client.Set(t.Context(), k, text[:len(text)-1]+"!", time.Minute)
		}
		if r := three.get(t, nil, query); strings.Contains(string(r.body), "!") {
			t.Errorf("a damaged answer: %s", r.body)
		}
	}
	if own.Faults() == 0 || shared.Faults() != before {
		t.Errorf("%d faults are counted, and %d by an instance that did not look", own.Faults(), shared.Faults()-before)
	}
}

// TestRedisAway stops Redis, and pauses it: no request waits long or gets an
// error.
func TestRedisAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	url := dbtest.NewURL(t, "postgres")
	f := graphtest.NewFixture(t, dbtest.OpenURL(t, url))
	f.Post(f.User("ada", auth.RoleUser), "First", post.StatusPUBLISHED)
	s, shared := sharing(t, url, server.Client(t))
	asks := func(what string) {
		t.Helper()
		for i, query := range []string{`{ posts(first: 1) { nodes { title } } }`, `{ posts(first: 2) { nodes { title } } }`, `{ posts(first: 3) { nodes { title } } }`} {
			start := time.Now()
			r := s.get(t, nil, strings.Replace(query, "title", what+": title", 1))
			if took := time.Since(start); !strings.Contains(string(r.body), "First") || took > 2*time.Second {
				t.Errorf("%s, request %d: %s after %s", what, i, r.body, took)
			}
		}
	}
	asks("there")
	server.Pause(t)
	asks("paused")
	if shared.Faults() == 0 || shared.Faults() > 3 {
		t.Errorf("%d looks did not get an answer", shared.Faults())
	}
	server.Resume(t)
	server.Stop(t)
	asks("gone")
}
