package rowcache_test

import (
	"context"
	"fmt"
	"slices"
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
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/redistest"
	"github.com/weftql/weft/internal/row"
	"github.com/weftql/weft/internal/rowcache"
)

// aPost is a post as long as usual, without its body.
func aPost() *ent.Post {
	title, now := strings.Repeat("About yeast. ", 5), time.Now().UTC().Truncate(time.Microsecond)
	return &ent.Post{
		Title: &title, Excerpt: strings.Repeat("Hops and malt ", 14), BodyFormat: post.BodyFormatMARKDOWN, Status: post.StatusPUBLISHED,
		CreatedAt: now, UpdatedAt: now, PublishedAt: &now, Score: 12,
	}
}

// BenchmarkFind looks for rows in the process, in Redis, and in the database,
// some at once. Redis and PostgreSQL are on the same machine.
func BenchmarkFind(b *testing.B) {
	url := dbtest.NewURL(b, "postgres")
	client := redistest.Start(b).Client(b)
	filler := dbtest.OpenURL(b, url)
	f := graphtest.NewFixture(b, filler)
	author := f.User("ada", auth.RoleUser)
	ids := make([]row.Key, 1000)
	for i := range ids {
		p := f.Post(author, fmt.Sprint(i, " ", *aPost().Title), post.StatusPUBLISHED)
		if err := filler.Client().Post.UpdateOneID(p.ID).SetExcerpt(aPost().Excerpt).Exec(b.Context()); err != nil {
			b.Fatal(err)
		}
		ids[i] = row.Key(p.ID.ID)
	}
	db, changes := graphtest.Listen(b, url)
	known := cache.New(db, changes)
	q, codec, columns := query.New(db, auth.Viewer{}), query.Posts.Codec(), query.Posts.Wide(0)
	op := &operation.Operation{}
	shared := rediscache.New(client, "bench:")
	shared.Patience = time.Second // the machine may be busy
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { shared.Run(ctx) })
	b.Cleanup(func() {
		cancel()
		running.Wait()
	})
	process := rowcache.New(rowcache.Options{Changes: known, Bytes: 4 << 20, Shared: shared})
	for len(client.Keys(ctx, "*").Val()) < len(ids) { // until no change is too near
		r := process.Of(op)
		read, err := query.ByID(ctx, q, query.Posts, query.KeysOf(ids...), columns)
		if err != nil {
			b.Fatal(err)
		}
		for i, v := range read {
			if r.Start(ctx) {
				own, bytes := row.Clone(v)
				r.Put(ctx, codec, ids[i], own, columns, bytes)
			}
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // they are written soon
	}
	// There is no room in the process. What is put there goes a little later, so
	// the same rows are not asked for twice in a row.
	redis := rowcache.New(rowcache.Options{Changes: known, Bytes: 1, Shared: shared})
	at := 0
	next := func(n int) []row.Key {
		if at += n; at+n > len(ids) {
			at = 0
		}
		return ids[at : at+n]
	}
	for _, n := range []int{1, 20, 100} {
		find := func(c *rowcache.Cache, least float64) func(b *testing.B) {
			return func(b *testing.B) {
				asked, shared := 0, 0
				for b.Loop() {
					found, got := c.Of(op).Find(ctx, codec, next(n), columns)
					if slices.Contains(found, nil) {
						b.Fatal("a row is not there")
					}
					asked, shared = asked+n, shared+got
				}
				if part := float64(shared) / float64(asked); part < least {
					b.Errorf("only %.0f %% are from Redis", 100*part)
				}
			}
		}
		b.Run(fmt.Sprint("process/", n), find(process, 0))
		b.Run(fmt.Sprint("redis/", n), find(redis, 0.95))
		b.Run(fmt.Sprint("database/", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := query.ByID(ctx, q, query.Posts, query.KeysOf(next(n)...), columns); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCodec encodes and decodes a post, and tells how long it is.
func BenchmarkCodec(b *testing.B) {
	codec, v, columns := query.Posts.Codec(), aPost(), query.Posts.Wide(0)
	text := codec.Append(nil, v, columns)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text = codec.Append(text[:0], v, columns)
		}
		b.ReportMetric(float64(len(text)), "bytes/row")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := codec.Decode(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
