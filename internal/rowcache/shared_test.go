package rowcache_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/redistest"
	"github.com/weftql/weft/internal/row"
	"github.com/weftql/weft/internal/rowcache"
)

// site is a database with users, and a Redis.
type site struct {
	url    string
	redis  *redistest.Server
	client *redis.Client
	users  []*ent.User

	// patience of looks into Redis: more than a server has, because the machine is
	// busy.
	patience time.Duration
}

func newSite(t *testing.T, users int) *site {
	t.Helper()
	s := &site{url: dbtest.NewURL(t, "postgres"), redis: redistest.Start(t), patience: 5 * time.Second}
	s.client = s.redis.Client(t)
	f := graphtest.NewFixture(t, dbtest.OpenURL(t, s.url))
	for i := range users {
		s.users = append(s.users, f.User(fmt.Sprint("user", i), auth.RoleUser))
	}
	return s
}

// member is an instance that shares its rows through Redis.
type member struct {
	*graphtest.Server
	changes *cache.Changes
	rows    *rowcache.Cache
	shared  *rediscache.Cache
}

func (s *site) member(t *testing.T, deaf ...func(feed.Change) bool) *member {
	t.Helper()
	db, told := graphtest.Listen(t, s.url)
	m := &member{changes: cache.New(db, told, deaf...), shared: rediscache.New(s.redis.Client(t), "test:")}
	m.shared.Patience = s.patience
	m.rows = rowcache.New(rowcache.Options{Changes: m.changes, Bytes: 1 << 20, Shared: m.shared})
	m.Server = graphtest.Start(t, db, graphtest.WithRows(m.rows.Step))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.shared.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return m
}

// found is what the loaders of a query did.
type found struct {
	loaders      string // of the statements
	hits, shared int
	data         string
}

// ask sends a query as user0, who sees what is committed: the instance has heard
// of it all.
func (m *member) ask(t *testing.T, query string) (f found) {
	t.Helper()
	// A request waits for the feed for 20 ms, which is short on a busy machine whose
	// other databases write to the same log. Then no row is looked for.
	a := m.Get(t, "user0", query, nil, nil)
	for deadline := time.Now().Add(10 * time.Second); len(a.Extensions.Explain.Rows) == 0; a = m.Get(t, "user0", query, nil, nil) {
		if time.Now().After(deadline) {
			t.Fatal("the instance does not hear of changes")
		}
	}
	var loaders []string
	for _, s := range a.Extensions.Explain.Statements {
		loaders = append(loaders, s.Loader)
	}
	for _, r := range a.Extensions.Explain.Rows {
		f.hits, f.shared = f.hits+r.Hits, f.shared+r.Shared
	}
	f.loaders, f.data = strings.Join(loaders, " "), string(a.Data)
	return f
}

// rename changes a user, by an instance that hears of it from the feed only.
func (s *site) rename(t *testing.T, m *member, user, name string) {
	t.Helper()
	a := m.Get(t, user, fmt.Sprintf(`mutation { updateProfile(input: {name: %q}) { user { name } } }`, name), nil, nil)
	if !strings.Contains(string(a.Data), name) {
		t.Fatalf("rename: %s", a.Body)
	}
}

// nodes is a query for users by their ids.
func nodes(users ...*ent.User) string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = strconv.Quote(u.ID.String())
	}
	return `{ nodes(ids: [` + strings.Join(ids, ", ") + `]) { ... on User { username name } } }`
}

// written waits until so many rows are in Redis.
func (s *site) written(t *testing.T, n int64) {
	t.Helper()
	for range 5000 {
		if s.client.DBSize(t.Context()).Val() >= n {
			return
		}
		time.Sleep(2 * time.Millisecond) //nolint:forbidigo // they are written soon
	}
	t.Fatal("nothing gets into Redis")
}

// counted is a number that Redis tells in a section of INFO; 0 if it does not.
func (s *site) counted(t *testing.T, section, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(s.client.Info(t.Context(), section).Val())
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1]) // it is digits
	return n
}

// TestSharedRows has one instance read rows, and another take them from Redis:
// by one command, without a statement. The third is younger than the rows.
func TestSharedRows(t *testing.T) {
	t.Parallel()
	const size = 10
	s := newSite(t, size)
	one, two := s.member(t), s.member(t)
	s.rename(t, one, "user0", "Ada") // both know all changes since this one
	commands := func() int { return s.counted(t, "commandstats", `cmdstat_mget:calls=(\d+)`) }
	want := one.ask(t, nodes(s.users...))
	s.written(t, size)
	before := commands()
	got := two.ask(t, nodes(s.users...))
	if got.loaders != "" || got.hits != size || got.shared != size || got.data != want.data || commands() != before+1 {
		t.Errorf("found %+v by %d commands\nwant %s", got, commands()-before, want.data)
	}
	for _, m := range []*member{one, two} {
		if again := m.ask(t, nodes(s.users...)); again.hits != size || again.shared != 0 || again.data != want.data {
			t.Errorf("the rows are not in the process: %+v", again)
		}
	}
	if stats := two.rows.Stats(); stats.Borrowed != size || stats.Misses != 0 {
		t.Errorf("counted %+v", stats)
	}
	for _, k := range s.client.Keys(t.Context(), "*").Val() {
		if ttl := s.client.TTL(t.Context(), k).Val(); ttl < 9*time.Minute || ttl > 10*time.Minute {
			t.Errorf("%s stays for %s", k, ttl)
		}
	}
	s.rename(t, two, "user0", "Grace")
	if got := s.member(t).ask(t, nodes(s.users...)); got.shared != 0 || !strings.Contains(got.data, "Grace") {
		t.Errorf("an instance takes what was read before it heard of changes: %+v", got)
	}
}

// TestSharedRowsChange writes a row that is in Redis and in both instances: it is
// used nowhere, and what is read then is shared again.
func TestSharedRowsChange(t *testing.T) {
	t.Parallel()
	s := newSite(t, 20)
	all := []*member{s.member(t), s.member(t)}
	s.rename(t, all[0], "user0", "Ada")
	shared := 0
	for i, u := range s.users[1:] {
		reader, writer := all[i%2], all[(i+1)%2]
		for _, m := range all {
			m.ask(t, nodes(u))
		}
		name := fmt.Sprint("Name ", i)
		s.rename(t, writer, u.Username, name)
		first := reader.ask(t, nodes(u))
		if first.hits != 0 || first.loaders != "UserByID" || !strings.Contains(first.data, name) {
			t.Errorf("after the write: %+v", first)
		}
		second := writer.ask(t, nodes(u))
		if !strings.Contains(second.data, name) {
			t.Errorf("the second reader: %+v", second)
		}
		shared += second.shared
	}
	// The second reader is served from Redis if the write there was quick.
	if t.Logf("%d of %d were taken from Redis after the write", shared, len(s.users)-1); shared == 0 {
		t.Error("what is read after a write is not shared")
	}
}

// TestDeafInstance has an instance that does not hear of changes of users. It
// takes an old row out of Redis, so the tests above would find that.
func TestDeafInstance(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2)
	one := s.member(t)
	deaf := s.member(t, func(c feed.Change) bool { return c.Table == user.Table })
	s.rename(t, one, "user0", "Ada")
	one.ask(t, nodes(s.users[1]))
	s.written(t, 1)
	s.rename(t, one, "user1", "Grace")
	if got := deaf.ask(t, nodes(s.users[1])); got.shared != 1 || strings.Contains(got.data, "Grace") {
		t.Errorf("found %+v", got)
	}
}

// TestRefusedRows changes what is in Redis. It is not used, and counted, and the
// rows are read from the database.
func TestRefusedRows(t *testing.T) {
	t.Parallel()
	const size = 20
	s := newSite(t, size+1)
	one, two := s.member(t), s.member(t)
	s.rename(t, one, "user0", "Ada")
	users, nobody := s.users[:size], s.users[size] // for nobody no one has asked
	one.ask(t, nodes(users...))
	s.written(t, size)
	keys := make([]string, size)
	for i, u := range users {
		keys[i] = "test:" + query.Users.Codec().Layout + ":" + hex.EncodeToString(u.ID.ID[:])
	}
	good := make([]string, len(keys))
	for i, k := range keys {
		good[i] = s.client.Get(t.Context(), k).Val()
	}
	for i, k := range keys {
		text := good[i]
		switch i % 5 {
		case 0:
			text = text[:len(text)-1]
		case 1:
			text += "x"
		case 2:
			text = text[:len(text)/2] + string(text[len(text)/2]^0x20) + text[len(text)/2+1:]
		case 3:
			text = string(text[0]+1) + text[1:] // another version
		case 4:
			text = good[(i+1)%len(good)] // another row
		}
		s.client.Set(t.Context(), k, text, time.Minute)
	}
	got := two.ask(t, nodes(users...))
	if got.shared != 0 || got.loaders != "UserByID" || got.data != one.ask(t, nodes(users...)).data {
		t.Errorf("found %+v", got)
	}
	if n := two.shared.Faults(); n != size {
		t.Errorf("%d are counted, of %d", n, size)
	}

	// These have a good checksum.
	f := graphtest.NewFixture(t, dbtest.OpenURL(t, s.url))
	draft := f.Post(s.users[1], "Hidden", post.StatusDRAFT)
	put := func(of string, id [16]byte, data []byte) {
		t.Helper()
		key := of + ":" + hex.EncodeToString(id[:])
		n := s.client.DBSize(t.Context()).Val()
		one.shared.Put(rediscache.Write{
			Key: key, At: position.Position{Timeline: 1, LSN: 1 << 60}, TTL: time.Minute, Bytes: len(data), Append: func(b []byte) []byte { return append(b, data...) },
		})
		s.written(t, n+1)
	}
	put(query.Posts.Codec().Layout, draft.ID.ID, query.Posts.Codec().Append(nil, draft, 1<<15-1))
	put(query.Users.Codec().Layout, nobody.ID.ID, []byte("no row"))
	for what, ask := range map[string]string{
		"a draft":     fmt.Sprintf(`{ nodes(ids: [%q]) { ... on Post { title } } }`, draft.ID),
		"what is not": nodes(nobody),
	} {
		before := two.shared.Faults()
		if got := two.ask(t, ask); got.shared != 0 || got.loaders == "" || strings.Contains(got.data, "Hidden") || two.shared.Faults() == before {
			t.Errorf("%s: %+v, %d faults", what, got, two.shared.Faults()-before)
		}
	}
}

// TestBoundsOfShared looks for more rows than one look may have, and keeps a row
// that is too large for Redis.
func TestBoundsOfShared(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	m := s.member(t)
	ids := make([]row.Key, 600)
	for i := range ids {
		ids[i] = row.Key{byte(i >> 8), byte(i)}
	}
	rows := m.rows.Of(&operation.Operation{})
	rows.Find(t.Context(), query.Users.Codec(), ids, 0)
	if n := s.counted(t, "stats", `keyspace_misses:(\d+)`); n != 500 {
		t.Errorf("asked for %d rows at once", n)
	}
	if !rows.Start(t.Context()) {
		t.Fatal("nothing can be kept")
	}
	large, small := *s.users[0], *s.users[0]
	large.Bio = strings.Repeat("x", 64<<10)
	for i, u := range []*ent.User{&large, &small} {
		own, bytes := row.Clone(u)
		rows.Put(t.Context(), query.Users.Codec(), ids[i], own, 1, bytes)
	}
	s.written(t, 1)
	if n := s.client.DBSize(t.Context()).Val(); n != 1 || m.rows.Stats().Entries != 2 {
		t.Errorf("%d rows are in Redis, and %+v", n, m.rows.Stats())
	}
}

// TestRowsWithoutRedis freezes Redis, and ends it: nobody waits long or gets an
// error.
func TestRowsWithoutRedis(t *testing.T) {
	t.Parallel()
	s := newSite(t, 60)
	s.patience = 5 * time.Millisecond // as a server
	m := s.member(t)
	asks := func(what string, users []*ent.User) {
		t.Helper()
		start := time.Now()
		for _, u := range users {
			if got := m.ask(t, nodes(u)); !strings.Contains(got.data, strconv.Quote(u.Username)) {
				t.Errorf("%s: %+v", what, got)
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %d requests took %s", what, len(users), took)
		}
	}
	asks("there", s.users[:20])
	s.redis.Pause(t)
	asks("frozen", s.users[20:40])
	if m.shared.Faults() == 0 {
		t.Error("no fault is counted")
	}
	s.redis.Resume(t)
	s.redis.Stop(t)
	asks("gone", s.users[40:])
}
