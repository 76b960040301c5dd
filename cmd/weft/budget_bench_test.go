//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBudget compares a server that prices operations and keeps budgets
// with one that does not, for the first query of the benchmark on SQLite. Both
// take turns, so that what else the machine does meets both. The time is that
// of the processor.
func BenchmarkBudget(b *testing.B) {
	query, err := os.ReadFile("../../bench/operations/q1.graphql")
	if err != nil {
		b.Fatal(err)
	}
	modes := []string{"off", "measure", "enforce"}
	policy := b.TempDir() + "/policy.yaml"
	const much = "{capacity: 1000000000, rate: 1000000000, operation: 10000}"
	if err := os.WriteFile(policy, []byte("roles: {anonymous: "+much+", user: "+much+", moderator: "+much+", administrator: "+much+"}"), 0o600); err != nil {
		b.Fatal(err)
	}
	servers := make([]http.Handler, len(modes))
	for i, mode := range modes {
		servers[i] = startedDemo(b, "WEFT_COST_MODE="+mode, "WEFT_COST_POLICY="+policy, "WEFT_LOG_LEVEL=error")
	}
	ask := func(server http.Handler, body []byte) string {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), `{"data":`) {
			b.Fatalf("%d %.200s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	id := regexp.MustCompile(`user_\w+`).FindString(ask(servers[0], []byte(`{"query": "{ users(first: 1) { nodes { id } } }"}`)))
	body, err := json.Marshal(map[string]any{"query": string(query), "variables": map[string]string{"id": id}})
	if err != nil {
		b.Fatal(err)
	}
	const each = 50
	spent := make([]time.Duration, len(modes))
	rounds := 0
	for b.Loop() {
		rounds++
		for i, server := range servers {
			before := processor(b)
			for range each {
				ask(server, body)
			}
			spent[i] += processor(b) - before
		}
	}
	for i, mode := range modes {
		b.ReportMetric(float64(spent[i].Nanoseconds())/float64(rounds*each)/1000, mode+"-µs")
	}
}

func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
