package main

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/weftql/weft/internal/redistest"
)

// TestRedisFaults serves while Redis freezes, dies, refuses to write as a
// replica does, and comes back. No caller sees an error, and the metrics tell
// when budgets were local.
func TestRedisFaults(t *testing.T) {
	t.Parallel()
	store := redistest.Start(t)
	addr, private := freeAddr(t), freeAddr(t)
	instanceAt(t, addr, "WEFT_REDIS_URL="+store.URL(), "WEFT_DATA_DIR="+t.TempDir(), "WEFT_PRIVATE_ADDR="+private, "WEFT_COST_MODE=enforce")
	admin := redis.NewClient(&redis.Options{Addr: store.Addr, MaxRetries: -1})
	t.Cleanup(func() { _ = admin.Close() }) // the server may be gone

	metric := func(name string) string {
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(scraped(t, private))
		if found == nil {
			return ""
		}
		return found[1]
	}
	asked := func() (took time.Duration) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		start := time.Now()
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(text), `"data":{"__typename":"Query"}`) {
			t.Fatalf("%d %s %v", response.StatusCode, text, err)
		}
		return time.Since(start)
	}
	// until sends requests until budgets have been local, or shared, for as many
	// of them: a busy Redis makes them local for a moment too.
	until := func(local string, times int) {
		t.Helper()
		var all []time.Duration
		for deadline, so := time.Now().Add(30*time.Second), 0; so < times; so++ {
			if time.Now().After(deadline) {
				t.Fatalf("weft_budget_local does not stay %s", local)
			}
			all = append(all, asked())
			if metric("weft_budget_local") != local {
				so = -1
			}
			time.Sleep(50 * time.Millisecond) //nolint:forbidigo // a caller that does not use its budget up
		}
		slices.Sort(all)
		t.Logf("local %s after %d requests: median %v, longest %v", local, len(all), all[len(all)/2], all[len(all)-1])
	}
	for deadline := time.Now().Add(30 * time.Second); metric("weft_budget_local") != "0"; time.Sleep(20 * time.Millisecond) { //nolint:forbidigo // it starts
		if time.Now().After(deadline) {
			t.Fatal("it does not start")
		}
	}
	replicaOf := func(host, port string) {
		if err := admin.ReplicaOf(t.Context(), host, port).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, fault := range []struct {
		name        string
		begin, mend func()
	}{
		{"frozen", func() { store.Pause(t) }, func() { store.Resume(t) }},
		{"dead", func() { store.Stop(t) }, func() { store.Restart(t) }},
		{"a replica", func() { replicaOf("127.0.0.1", "1") }, func() { replicaOf("NO", "ONE") }},
	} {
		t.Log(fault.name)
		until("0", 1)
		fault.begin()
		until("1", 25) // longer than a check of the store takes
		fault.mend()
		until("0", 1)
	}
}
