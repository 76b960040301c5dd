package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/redistest"
)

// TestMetrics serves with all that has numbers, and holds docs/metrics.md to what
// /metrics tells.
func TestMetrics(t *testing.T) {
	cluster := dbtest.Private(t)
	url := cluster.NewDatabase(t)
	first := dbtest.OpenURL(t, url)
	if _, err := first.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	standby := cluster.Standbys(t, 1)[0]
	addr, private := freeAddr(t), freeAddr(t)
	instanceAt(t, addr,
		"WEFT_DATABASE_URL="+url, "WEFT_DATABASE_REPLICA_URLS="+standby.URL(dbtest.NameOf(url)), "WEFT_REDIS_URL="+redistest.Start(t).URL(),
		"WEFT_DATA_DIR="+t.TempDir(), "WEFT_RESPONSE_CACHE=1000000", "WEFT_ROW_CACHE=1000000", "WEFT_PRIVATE_ADDR="+private)
	// A busy Redis makes the budgets local for a while, and is asked again.
	hit := regexp.MustCompile(`(?m)^weft_answers_total\{outcome="hit"\} [1-9](?s:.*)^weft_budget_local 0`)
	text := ""
	for deadline := time.Now().Add(30 * time.Second); !hit.MatchString(text); time.Sleep(20 * time.Millisecond) { //nolint:forbidigo // nothing tells when answers are kept
		if time.Now().After(deadline) {
			t.Fatalf("no hit is counted, or budgets stay local:\n%s", text)
		}
		say(t, "http://"+addr+"/graphql", "", map[string]any{"query": "{ __schema { queryType { name } } }"}) // gqlgen's executor runs it
		if why := ask(t.Context(), "http://"+addr); why == "" {
			text = scraped(t, private)
		}
	}
	for _, line := range []string{
		"weft_feed_whole 1", `weft_answers_age_seconds_bucket{le="+Inf"} `, "weft_answers_entries ", `weft_rows_total{outcome="miss"} `,
		`weft_persisted_total{outcome="hit"} 0`, "go_goroutines ", "process_cpu_seconds_total ",
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("there is no line %s", line)
		}
	}
	if n := strings.Count(text, "\nweft_database_up{"); n != 2 {
		t.Errorf("%d servers are told, not 2", n)
	}
	doc, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (weft_\w+) `).FindAllStringSubmatch(text, -1) {
		told[m[1]] = true
		if !bytes.Contains(doc, []byte("`"+m[1]+"`")) {
			t.Errorf("docs/metrics.md does not have %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)`(weft_\\w+)`").FindAllSubmatch(doc, -1) {
		if !told[string(m[1])] {
			t.Errorf("docs/metrics.md has %s, which there is not", m[1])
		}
	}
}

// scraped is what /metrics tells at a private address; "" while nobody listens
// there.
func scraped(t *testing.T, private string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+private+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
