package answer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/rowcache"
)

var (
	checkSteps = flag.Int("steps", 400, "how many operations each world of TestOracle makes")
	checkSeed  = flag.Uint64("seed", 0, "what TestOracle does at random; 0 is another each time")
)

// world is data that only one driver writes, so that the right answers are
// known. Others read it all the time, to fill the caches at the worst moment.
type world struct {
	*fleet
	name    string // of its author and its tag; only its posts contain this word
	random  *rand.Rand
	token   string // of the last write
	posts   []string
	replies []string
	notes   []string // comments

	mu      sync.Mutex
	queries []string // for the watchers, which read all the time
}

func (w *world) author() string { return w.name }

// someone is a viewer: the author, another user, a moderator or an anonymous
// one.
func (w *world) someone() string {
	return []string{"", "", w.name, "other", "moderator"}[w.random.IntN(5)]
}

func (w *world) one(of []string) string {
	if len(of) == 0 {
		return "post_01h455vb4pex5vsknk084sn02q"
	}
	return of[w.random.IntN(len(of))]
}

// drop removes one element of a list.
func (w *world) drop(of *[]string) string {
	id := w.one(*of)
	*of = slices.DeleteFunc(*of, func(s string) bool { return s == id })
	return id
}

// query is one of the world's queries.
func (w *world) query() string {
	const fields = `id title body status score updatedAt viewerCanUpdate viewerVote author { name } tags { name }`
	switch w.random.IntN(12) {
	case 0:
		return fmt.Sprintf(`{ post(id: %q) { %s comments(first: 5) { totalCount nodes { body author { username } } } } }`, w.one(w.posts), fields)
	case 1:
		return fmt.Sprintf(`{ post(id: %q) { replies { totalCount nodes { body score parent { title } } } } }`, w.one(w.posts))
	case 2:
		return fmt.Sprintf(`{ user(username: %q) { name bio posts(first: 10) { totalCount nodes { id title tags { name } } } } }`, w.name)
	case 3:
		return fmt.Sprintf(`{ user(username: %q) { posts(first: 10, orderBy: {field: SCORE, direction: DESC}) { nodes { id score } } } }`, w.name)
	case 4:
		return fmt.Sprintf(`{ user(username: %q) { comments(first: 20) { totalCount nodes { body post { title } } } } }`, w.name)
	case 5:
		return fmt.Sprintf(`{ tag(name: %q) { name posts(first: 10) { totalCount nodes { id title } } } }`, w.name)
	case 6:
		return fmt.Sprintf(`{ posts(first: 10, filter: {tags: [%q]}) { totalCount nodes { id title score } } }`, w.name)
	case 7:
		return fmt.Sprintf(`{ user(username: %q) { posts(first: 10, filter: {status: [DRAFT, PUBLISHED, ARCHIVED]}, orderBy: {field: CREATED_AT, direction: ASC}) { nodes { id status } } } }`, w.name)
	case 8:
		return fmt.Sprintf(`{ nodes(ids: [%q, %q, %q]) { __typename id ... on Post { title status } ... on Comment { body post { title } } } }`,
			w.one(w.posts), w.one(w.replies), w.one(w.notes))
	case 9:
		return fmt.Sprintf(`{ search(query: %q, first: 10) { totalCount nodes { ... on Post { id title } } } }`, w.name)
	case 10:
		return fmt.Sprintf(`{ post(id: %q) { parent { id title status } body viewerCanDelete } }`, w.one(w.replies))
	default:
		return fmt.Sprintf(`{ tags(prefix: %q) { totalCount nodes { name } } }`, w.name)
	}
}

// change is a mutation, and what to do with its data.
func (w *world) change() (viewer, mutation string, then func(data map[string]any)) {
	nothing := func(map[string]any) {}
	text := fmt.Sprintf("%s %d", w.name, w.random.IntN(1000))
	switch w.random.IntN(14) {
	case 0, 1:
		return w.author(), fmt.Sprintf(`mutation { m: createPost(input: {title: %q, body: %q, tags: [%q], publish: %t}) { post { id } } }`,
			text, text, w.name, w.random.IntN(3) > 0), func(d map[string]any) { w.posts = append(w.posts, idOf(d, "post")) }
	case 2:
		return w.author(), fmt.Sprintf(`mutation { m: updatePost(input: {id: %q, title: %q, body: %q}) { post { id } } }`, w.one(w.posts), text, text), nothing
	case 3:
		return w.author(), fmt.Sprintf(`mutation { m: publishPost(input: {id: %q}) { post { id } } }`, w.one(w.posts)), nothing
	case 4:
		return w.author(), fmt.Sprintf(`mutation { m: archivePost(input: {id: %q}) { post { id } } }`, w.one(w.posts)), nothing
	case 5:
		if len(w.posts) < 4 {
			return w.change()
		}
		return w.author(), fmt.Sprintf(`mutation { m: deletePost(input: {id: %q}) { deletedPostId } }`, w.drop(&w.posts)), nothing
	case 6:
		return w.author(), fmt.Sprintf(`mutation { m: replyToPost(input: {postId: %q, body: %q}) { post { id } } }`, w.one(w.posts), text),
			func(d map[string]any) { w.replies = append(w.replies, idOf(d, "post")) }
	case 7:
		return w.author(), fmt.Sprintf(`mutation { m: setPostTags(input: {id: %q, tags: [%q, "common"]}) { post { id } } }`, w.one(w.posts),
			[]string{w.name, w.name + "2"}[w.random.IntN(2)]), nothing
	case 8:
		return []string{w.author(), "other"}[w.random.IntN(2)], fmt.Sprintf(`mutation { m: votePost(input: {id: %q, value: %s}) { post { id } } }`,
			w.one(append(w.posts, w.replies...)), []string{"UP", "DOWN", "NONE"}[w.random.IntN(3)]), nothing
	case 9, 10:
		return w.author(), fmt.Sprintf(`mutation { m: addComment(input: {postId: %q, body: %q}) { comment { id } } }`, w.one(append(w.posts, w.replies...)), text),
			func(d map[string]any) { w.notes = append(w.notes, idOf(d, "comment")) }
	case 11:
		return w.author(), fmt.Sprintf(`mutation { m: updateComment(input: {id: %q, body: %q}) { comment { id } } }`, w.one(w.notes), text), nothing
	case 12:
		return w.author(), fmt.Sprintf(`mutation { m: deleteComment(input: {id: %q}) { deletedCommentId } }`, w.drop(&w.notes)), nothing
	default:
		return w.author(), fmt.Sprintf(`mutation { m: updateProfile(input: {name: %q}) { user { id } } }`, text), nothing
	}
}

func idOf(data map[string]any, object string) string {
	payload, _ := data["m"].(map[string]any)
	made, _ := payload[object].(map[string]any)
	id, _ := made["id"].(string)
	return id
}

// drive writes and reads; it compares each answer with one that was made
// without a cache.
func (w *world) drive(ctx context.Context, steps int) {
	w.settle(ctx) // the initial data needs a position too
	for range steps {
		if ctx.Err() != nil || w.untilStale && w.stale.Load() > 0 {
			return
		}
		if w.random.IntN(4) == 0 {
			viewer, mutation, then := w.change()
			data, header := w.send(ctx, w.random.IntN(len(w.servers)), viewer, "", mutation)
			if data == nil && header.Get("Consistency-Token") == "" && w.disturb != nil {
				w.failed.Add(1)
				w.settle(ctx)
			}
			if token := header.Get("Consistency-Token"); token != "" {
				w.token = token
				var read map[string]any
				if err := json.Unmarshal(data, &read); err == nil {
					then(read)
				}
				w.writes.Add(1)
			}
			continue
		}
		viewer, query := w.someone(), w.query()
		w.mu.Lock()
		if w.queries = append(w.queries, query); len(w.queries) > 20 {
			w.queries = w.queries[1:]
		}
		w.mu.Unlock()
		token := w.token
		if viewer == w.author() && w.random.IntN(2) == 0 {
			token = "" // a signed-in user needs none
		}
		at := w.random.IntN(len(w.servers))
		got, header := w.send(ctx, at, viewer, token, query)
		if got == nil && w.disturb != nil {
			w.failed.Add(1)
			continue
		}
		if strings.Contains(header.Get("Cache-Status"), "hit") {
			w.hits.Add(1)
		}
		w.reads.Add(1)
		want, known := w.ask(ctx, w.plain, viewer, w.token, query)
		if len(known) == 0 { // it did not answer in time: there is nothing to compare with
			w.failed.Add(1)
			continue
		}
		if !bytes.Equal(got, want) && ctx.Err() == nil {
			w.stale.Add(1)
			w.report("%s asks instance %d, %s\n%s\n got %s\nwant %s", orNobody(viewer), at, header.Get("Cache-Status"), query, got, want)
		}
	}
}

// settle gets a position after everything written so far, including a write
// whose outcome is unknown.
func (w *world) settle(ctx context.Context) {
	for ctx.Err() == nil {
		_, header := w.ask(ctx, w.plain, w.author(), "", `mutation { m: updateProfile(input: {bio: "settled"}) { user { id } } }`)
		if token := header.Get("Consistency-Token"); token != "" {
			w.token = token
			return
		}
	}
}

func orNobody(viewer string) string {
	if viewer == "" {
		return "nobody"
	}
	return viewer
}

// watch reads what the driver read last, as various viewers.
func (w *world) watch(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		w.mu.Lock()
		query := "{ __typename }"
		if len(w.queries) > 0 {
			query = w.queries[random.IntN(len(w.queries))]
		}
		w.mu.Unlock()
		if data, _ := w.send(ctx, random.IntN(len(w.servers)), []string{"", "other", w.name}[random.IntN(3)], "", query); data == nil {
			time.Sleep(time.Millisecond) //nolint:forbidigo // an instance that is away answers at once
		}
	}
}

// fleet is instances with caches, and one without, on the same database.
type fleet struct {
	t          *testing.T
	servers    []string // addresses
	plain      string   // address of the instance without caches
	standbys   []*dbtest.Node
	watchers   int // of each world
	rows       []*rowcache.Cache
	shared     []*rediscache.Cache // of rows
	untilStale bool                // stop at the first stale answer
	url        string              // of the primary

	// disturb injects faults until its context ends; requests may fail
	// meanwhile. Nil injects none.
	disturb func(context.Context, *rand.Rand)

	// strangers, unless nil, reads and writes beside the worlds until its
	// context ends; it can use a user called clock.
	strangers func(context.Context, *rand.Rand)

	failed                     atomic.Int64 // requests
	writes, reads, hits, stale atomic.Int64
	mu                         sync.Mutex
	told                       int
}

func (f *fleet) report(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.told++; f.told <= 3 {
		f.t.Logf(format, args...)
	}
}

func (f *fleet) send(ctx context.Context, server int, viewer, token, query string) ([]byte, http.Header) {
	return f.ask(ctx, f.servers[server], viewer, token, query)
}

// ask posts an operation and returns its data; nil if there is an error.
func (f *fleet) ask(ctx context.Context, url, viewer, token, query string) ([]byte, http.Header) {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		panic(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if viewer != "" {
		r.Header.Set(auth.ViewerHeader, viewer)
	}
	if token != "" {
		r.Header.Set("Consistency-Token", token)
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, http.Header{}
	}
	defer response.Body.Close()
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors json.RawMessage `json:"errors"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, http.Header{}
	}
	if answer.Errors != nil { // a part that is missing because of an error is not stale
		return nil, response.Header
	}
	return answer.Data, response.Header
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}, Timeout: 10 * time.Second}

// run drives that many worlds.
func (f *fleet) run(worlds, steps int) {
	seed := *checkSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	f.t.Logf("seed %d", seed)
	fixture := graphtest.NewFixture(f.t, dbtest.OpenURL(f.t, f.url))
	fixture.User("other", auth.RoleUser)
	fixture.User("moderator", auth.RoleModerator)
	ctx, cancel := context.WithCancel(f.t.Context())
	defer cancel()
	var drivers, watchers sync.WaitGroup
	for i := range worlds {
		w := &world{fleet: f, name: fmt.Sprintf("w%dx", i), random: rand.New(rand.NewPCG(seed, uint64(i)))}
		fixture.User(w.name, auth.RoleUser)
		drivers.Go(func() { w.drive(ctx, steps) })
		for n := range f.watchers {
			watchers.Go(func() { w.watch(ctx, rand.New(rand.NewPCG(seed, uint64(100*i+n)))) })
		}
	}
	if f.disturb != nil {
		watchers.Go(func() { f.disturb(ctx, rand.New(rand.NewPCG(seed, 99))) })
	}
	if f.strangers != nil {
		fixture.User("clock", auth.RoleUser)
		watchers.Go(func() { f.strangers(ctx, rand.New(rand.NewPCG(seed, 98))) })
	}
	drivers.Wait()
	cancel()
	watchers.Wait()
	for i, c := range f.rows {
		f.t.Logf("rows: %+v", c.Stats())
		if f.shared[i] != nil {
			f.t.Logf("rows in Redis: %d faults, %d lost", f.shared[i].Faults(), f.shared[i].Lost())
		}
	}
	f.t.Logf("%d writes, %d reads compared, %d of them from a cache, %d stale; %d requests failed",
		f.writes.Load(), f.reads.Load(), f.hits.Load(), f.stale.Load(), f.failed.Load())
}

// TestOracle reads and writes at random on several instances with caches; no
// answer may be older than the caller's last write.
func TestOracle(t *testing.T) {
	for _, store := range dbtest.Stores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, store, 3, 0)
			f.run(3, *checkSteps)
			if f.stale.Load() > 0 {
				t.Errorf("%d answers are stale", f.stale.Load())
			}
			if hits, reads := f.hits.Load(), f.reads.Load(); hits < reads/30 || f.writes.Load() < reads/10 {
				t.Errorf("too little happened: %d hits of %d", hits, reads)
			}
			if store == "postgres" && f.rows[0].Stats().Borrowed+f.rows[1].Stats().Borrowed == 0 {
				t.Error("no row was taken from Redis")
			}
		})
	}
}

// TestOracleOnReplicas is TestOracle on standbys, with faults: feeds are cut,
// and standbys stop replaying.
func TestOracleOnReplicas(t *testing.T) {
	f := newFleet(t, "postgres", 3, 2)
	f.run(3, *checkSteps/2)
	if f.stale.Load() > 0 {
		t.Errorf("%d answers are stale", f.stale.Load())
	}
}

// TestOracleFindsStaleAnswers makes the caches miss one kind of change.
func TestOracleFindsStaleAnswers(t *testing.T) {
	f := newFleet(t, "postgres", 1, 0, func(c feed.Change) bool { return c.Table == comment.Table })
	f.untilStale = true
	f.run(3, 50**checkSteps)
	if f.stale.Load() == 0 {
		t.Error("no stale answer was found, although changes of comments went unheard")
	}
}
