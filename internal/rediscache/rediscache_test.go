package rediscache_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/rediscache"
	"github.com/weftql/weft/internal/redistest"
)

var at = position.Position{Timeline: 7, LSN: 1 << 40}

func running(t *testing.T, client redis.Cmdable) *rediscache.Cache {
	t.Helper()
	c := rediscache.New(client, "test:")
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { c.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
	return c
}

func put(c *rediscache.Cache, key, text string) {
	c.Put(rediscache.Write{Key: key, At: at, TTL: time.Minute, Bytes: len(text), Append: func(b []byte) []byte { return append(b, text...) }})
}

// until waits for a condition.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) { //nolint:forbidigo // nothing tells
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// TestManyAtOnce writes and reads entries in one Redis and in a cluster, where
// they are on several nodes.
func TestManyAtOnce(t *testing.T) {
	for name, client := range map[string]func(t *testing.T) redis.Cmdable{
		"one":     func(t *testing.T) redis.Cmdable { return redistest.Start(t).Client(t) },
		"cluster": func(t *testing.T) redis.Cmdable { return redistest.Cluster(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := running(t, client(t))
			const n = 200
			keys := []string{"none"}
			for i := range n {
				keys = append(keys, fmt.Sprint("key", i))
			}
			var got []rediscache.Entry
			until(t, "all are there", func() bool {
				if got == nil || got[n].Data == nil { // what is written during a pause is lost
					for i, key := range keys[1:] {
						put(c, key, fmt.Sprint("text", i))
					}
				}
				got = c.Get(t.Context(), keys...)
				return got != nil && !slices.ContainsFunc(got[1:], func(e rediscache.Entry) bool { return e.Data == nil })
			})
			if got[0].Data != nil {
				t.Errorf("got %q, which nobody wrote", got[0].Data)
			}
			for i, e := range got[1:] {
				if string(e.Data) != fmt.Sprint("text", i) || e.At != at {
					t.Fatalf("entry %d is %q at %v", i, e.Data, e.At)
				}
			}
			if one := c.Get(t.Context(), "key5"); len(one) == 1 && string(one[0].Data) != "text5" {
				t.Errorf("alone: %q", one[0].Data)
			}
		})
	}
}

// TestRefuses changes what is in Redis: it is not used, and counted.
func TestRefuses(t *testing.T) {
	t.Parallel()
	client := redistest.Start(t).Client(t)
	c := running(t, client)
	put(c, "key", "some text")
	until(t, "it is there", func() bool { return client.Exists(t.Context(), "test:key").Val() == 1 })
	good := client.Get(t.Context(), "test:key").Val()
	if ttl := client.TTL(t.Context(), "test:key").Val(); ttl <= 0 || ttl > time.Minute {
		t.Errorf("it stays for %s", ttl)
	}
	flip := func(at int) string { return good[:at] + string(good[at]^1) + good[at+1:] }
	values := map[string]string{
		"empty": "", "only its head": good[:25], "cut in its head": good[:20], "cut": good[:len(good)-1], "longer": good + "x", "other text": strings.Repeat("x", 100),
	}
	for i := range good {
		values[fmt.Sprint("byte ", i, " changed")] = flip(i)
	}
	refused := int64(0)
	for name, text := range values {
		client.Set(t.Context(), "test:key", text, time.Minute)
		until(t, "Redis answers", func() bool {
			before := c.Faults()
			got := c.Get(t.Context(), "key", "other")
			if got != nil && got[0].Data != nil {
				t.Errorf("%s: got %q", name, got[0].Data)
			}
			if got != nil && c.Faults() == before {
				t.Errorf("%s: it is not counted", name)
			}
			return got != nil
		})
		refused++
	}
	client.Set(t.Context(), "test:other", good, time.Minute)
	if got := c.Get(t.Context(), "other"); got != nil && got[0].Data != nil {
		t.Error("an entry is used under another key")
	}
	client.Set(t.Context(), "test:key", good, time.Minute)
	until(t, "the good one is used again", func() bool {
		got := c.Get(t.Context(), "key")
		return got != nil && string(got[0].Data) == "some text"
	})
	if c.Faults() < refused {
		t.Errorf("%d faults are counted, of %d", c.Faults(), refused)
	}
}

// TestAway freezes Redis, or ends it: looks are short, only the first of a second
// waits, and nothing waits for writes. Later it is used again.
func TestAway(t *testing.T) {
	for name, fault := range map[string]struct {
		begin, end func(*redistest.Server, testing.TB)
	}{
		"frozen": {(*redistest.Server).Pause, (*redistest.Server).Resume},
		"gone":   {(*redistest.Server).Stop, (*redistest.Server).Restart},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			c := running(t, server.Client(t))
			answers := func() bool { return c.Get(t.Context(), "key") != nil }
			until(t, "Redis answers", answers)
			fault.begin(server, t)
			before, start := c.Faults(), time.Now()
			for range 100 {
				if c.Get(t.Context(), "key", "other") != nil {
					t.Error("somebody answers")
				}
				put(c, "key", "text")
			}
			took := time.Since(start)
			if took > time.Second {
				t.Errorf("100 looks took %s", took)
			}
			if got := c.Faults() - before; got < 1 || got > 3 { // a busy machine may take longer than the pause
				t.Errorf("%d faults", got)
			}
			if c.Lost() == 0 {
				t.Error("nothing is lost")
			}
			fault.end(server, t)
			until(t, "Redis is used again", answers)
		})
	}
}

// TestBounds gives more to write than may wait.
func TestBounds(t *testing.T) {
	t.Parallel()
	c := rediscache.New(redistest.Start(t).Client(t), "test:") // nobody writes
	const size = 1 << 20
	for range 20 {
		c.Put(rediscache.Write{Key: "key", Bytes: size})
	}
	if got := c.Lost(); got < 2 || got > 4 {
		t.Errorf("of 20 MiB %d are refused", got)
	}
	before := c.Lost()
	c.Put(rediscache.Write{Key: "key", Bytes: size + 1})
	if c.Lost() != before+1 {
		t.Error("an entry of any size is taken")
	}
	small := rediscache.New(redistest.Start(t).Client(t), "test:")
	for range 5000 {
		small.Put(rediscache.Write{Key: "key", Bytes: 1})
	}
	if got := small.Lost(); got != 5000-4096 {
		t.Errorf("of 5,000 small ones %d are refused", got)
	}
}
