//go:build unix

package persisted_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/persisted"
	"github.com/weftql/weft/internal/redistest"
)

const text, other = "query A { a }", "query B { b }"

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

// prepare takes what begins with query.
func prepare(_ context.Context, text string) (*operation.Document, error) {
	if !strings.HasPrefix(text, "query") {
		return nil, errors.New("it is no query")
	}
	return &operation.Document{Text: text}, nil
}

type sent struct {
	query, id, hash, client string
	refuse                  bool // by a later step
}

// ask sends an operation through the steps and gives its code, or the text that
// would be executed.
func ask(t *testing.T, p *persisted.Persisted, s sent) string {
	t.Helper()
	op := &operation.Operation{Query: s.query, DocumentID: s.id, Header: http.Header{}}
	op.Header.Set("apollographql-client-name", s.client)
	if s.hash != "" {
		op.Extensions = map[string]any{"persistedQuery": map[string]any{"version": int64(1), "sha256Hash": s.hash}}
	}
	got := "nothing"
	last := func(_ context.Context, op *operation.Operation, _ operation.Send) {
		got = op.Query
		if op.Document != nil {
			got += " (trusted)"
		}
	}
	between := operation.Check(func(context.Context, *operation.Operation) *operation.Response {
		if s.refuse {
			return &operation.Response{Status: operation.RequestError}
		}
		return nil
	})
	operation.Chain(last, p.Find, between, p.Register)(t.Context(), op, func(r *operation.Response) bool {
		got = "refused"
		if len(r.Errors) > 0 {
			got = fmt.Sprint(r.Errors[0].Extensions["code"])
		}
		return false
	})
	return got
}

func manifest(t *testing.T, content string) *persisted.Manifest {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := persisted.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func setup(t *testing.T, modes string) *persisted.Persisted {
	t.Helper()
	m, err := persisted.ParseModes(modes)
	if err != nil {
		t.Fatal(err)
	}
	p := persisted.New(persisted.Options{Modes: m, Store: persisted.NewMemory(0), Prepare: prepare})
	if err := p.Trust(t.Context(), manifest(t, `{"one": "`+text+`"}`)); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestModes holds each mode against each way to name a document.
func TestModes(t *testing.T) {
	const (
		trusted  = text + " (trusted)"
		notFound = "PERSISTED_QUERY_NOT_FOUND"
		off      = "PERSISTED_QUERY_NOT_SUPPORTED"
		notList  = "PERSISTED_QUERY_NOT_IN_LIST"
		idOnly   = "PERSISTED_QUERY_ID_REQUIRED"
		mismatch = "PERSISTED_QUERY_HASH_MISMATCH"
		bad      = "BAD_USER_INPUT"
	)
	for _, tt := range []struct {
		what string
		sent sent
		want map[string]string
	}{
		{"a trusted text", sent{query: text}, map[string]string{"off": text, "apq": text, "log": text, "safelist": trusted, "id_only": idOnly}},
		{"another text", sent{query: other}, map[string]string{"off": other, "apq": other, "log": other, "safelist": notList, "id_only": idOnly}},
		{"a trusted id", sent{id: "one"}, map[string]string{"off": trusted, "apq": trusted, "log": trusted, "safelist": trusted, "id_only": trusted}},
		{"a trusted hash as id", sent{id: "sha256:" + sum(text)}, map[string]string{"off": trusted, "apq": trusted, "log": trusted, "safelist": trusted, "id_only": trusted}},
		{"a trusted hash", sent{hash: sum(text)}, map[string]string{"off": trusted, "apq": trusted, "log": trusted, "safelist": trusted, "id_only": trusted}},
		{"an unknown id", sent{id: "two"}, map[string]string{"off": off, "apq": notFound, "log": notFound, "safelist": notFound, "id_only": notFound}},
		{"an unknown hash", sent{hash: sum(other)}, map[string]string{"off": off, "apq": notFound, "log": notFound, "safelist": notList, "id_only": idOnly}},
		{"an id with its text", sent{id: "one", query: text}, map[string]string{"off": trusted, "apq": trusted, "log": trusted, "safelist": trusted, "id_only": idOnly}},
		{"an id with another text", sent{id: "one", query: other}, map[string]string{"off": mismatch, "apq": mismatch, "log": mismatch, "safelist": mismatch, "id_only": idOnly}},
		{"an unknown id with a text", sent{id: "two", query: other}, map[string]string{"off": bad, "apq": bad, "log": bad, "safelist": bad, "id_only": idOnly}},
		{"a wrong hash", sent{hash: sum(text), query: other}, map[string]string{"off": mismatch, "apq": mismatch, "log": mismatch, "safelist": mismatch, "id_only": mismatch}},
		{"a hash too short", sent{hash: "abc"}, map[string]string{"off": bad, "apq": bad, "log": bad, "safelist": bad, "id_only": bad}},
		{"a hash of capitals", sent{hash: strings.ToUpper(sum(text))}, map[string]string{"off": trusted, "apq": trusted, "log": trusted, "safelist": trusted, "id_only": trusted}},
	} {
		for mode, want := range tt.want {
			if got := ask(t, setup(t, mode), tt.sent); got != want {
				t.Errorf("%s in mode %s: %s, want %s", tt.what, mode, got, want)
			}
		}
	}
}

// TestRegister has a client register a document, as Apollo's do.
func TestRegister(t *testing.T) {
	p := setup(t, "apq,strict=safelist")
	hash := sum(other)
	if got := ask(t, p, sent{hash: hash}); got != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("before: %s", got)
	}
	if got := ask(t, p, sent{hash: hash, query: other, refuse: true}); got != "refused" {
		t.Errorf("refused: %s", got)
	}
	if got := ask(t, p, sent{hash: hash}); got != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("what was refused was kept: %s", got)
	}
	ask(t, p, sent{query: other}) // without its hash nothing is kept
	if got := ask(t, p, sent{hash: hash}); got != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("a plain document was kept: %s", got)
	}
	ask(t, p, sent{hash: hash, query: other})
	for _, again := range []sent{{hash: hash}, {hash: strings.ToUpper(hash)}, {id: "sha256:" + hash}} {
		if got := ask(t, p, again); got != other {
			t.Errorf("%+v: %s", again, got)
		}
	}
	if got := ask(t, p, sent{hash: hash, client: "strict"}); got != "PERSISTED_QUERY_NOT_IN_LIST" {
		t.Errorf("a client with a stricter mode: %s", got)
	}
	if s := p.Stats(); s.Registered != 1 || s.Misses != 3 || s.Hits != 3 {
		t.Errorf("stats %+v", s)
	}
}

// TestManifestIDs has a client send a manifest's ids in the place of hashes, as
// Apollo's does.
func TestManifestIDs(t *testing.T) {
	for _, mode := range []string{"off", "apq", "log", "safelist", "id_only"} {
		p := setup(t, mode)
		if got := ask(t, p, sent{hash: "one"}); got != text+" (trusted)" {
			t.Errorf("%s: %s", mode, got)
		}
		for _, wrong := range []sent{{hash: "two"}, {hash: "one", query: text}} {
			if got := ask(t, p, wrong); got != "BAD_USER_INPUT" {
				t.Errorf("%s: %+v: %s", mode, wrong, got)
			}
		}
	}
}

// TestMemoryIsBounded floods the store.
func TestMemoryIsBounded(t *testing.T) {
	m := persisted.NewMemory(100_000)
	body := strings.Repeat("x", 1_000)
	for i := range 1_000 {
		m.Put(strconv.Itoa(i), body)
	}
	// What is too much goes in the background.
	for deadline := time.Now().Add(time.Minute); ; <-time.After(time.Millisecond) {
		kept := 0
		for i := range 1_000 {
			if _, found, _ := m.Get(t.Context(), strconv.Itoa(i)); found {
				kept++
			}
		}
		if kept <= 100 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("keeps %d documents of 1,000 bytes in 100,000", kept)
		}
	}
}

func shared(t *testing.T, server *redistest.Server) *persisted.Shared {
	s := persisted.NewShared(persisted.NewMemory(0), server.Client(t), "d:")
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return s
}

// TestTwoInstances finds on one instance what was registered on the other, and
// goes on without Redis.
func TestTwoInstances(t *testing.T) {
	server := redistest.Start(t)
	one, two := shared(t, server), shared(t, server)
	one.Put(sum(text), text)
	deadline := time.Now().Add(time.Minute)
	for {
		got, found, err := two.Get(t.Context(), sum(text))
		if found && got == text {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not there: %v %v", found, err)
		}
		<-time.After(5 * time.Millisecond)
	}
	server.Stop(t)
	for _, s := range []*persisted.Shared{one, two} {
		if got, found, err := s.Get(t.Context(), sum(text)); got != text || !found || err != nil {
			t.Errorf("without Redis: %q %v %v", got, found, err)
		}
	}
	if _, found, err := one.Get(t.Context(), sum(other)); found || err == nil {
		t.Errorf("a fault is taken for a miss: %v %v", found, err)
	}
}

// TestPlanted puts a wrong text into Redis.
func TestPlanted(t *testing.T) {
	server := redistest.Start(t)
	s := shared(t, server)
	if err := server.Client(t).Set(t.Context(), "d:"+sum(text), other, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got, found, err := s.Get(t.Context(), sum(text)); found || err == nil {
		t.Errorf("got %q, %v, %v", got, found, err)
	}
	m, _ := persisted.ParseModes("apq")
	p := persisted.New(persisted.Options{Modes: m, Store: s})
	if got := ask(t, p, sent{hash: sum(text)}); got != "PERSISTED_QUERY_NOT_FOUND" || p.Stats().Faults != 1 || p.Stats().Misses != 0 {
		t.Errorf("%s, %+v", got, p.Stats())
	}
}

func TestParseModes(t *testing.T) {
	for _, wrong := range []string{"", "on", "apq,", "apq,off", "web=apq", "apq,=off", "apq,web=maybe"} {
		if _, err := persisted.ParseModes(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// TestManifests reads each form, and refuses what is none.
func TestManifests(t *testing.T) {
	apollo := `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
		{"id": "1", "name": "A", "type": "query", "body": "` + text + `"},
		{"id": "2", "name": "B", "type": "query", "body": "` + other + `"}
	]}`
	m := manifest(t, apollo)
	if len(m.Entries) != 2 || m.Entries[1].Name != "B" || !strings.HasSuffix(m.Entries[1].Place, ":3") {
		t.Errorf("Apollo: %+v", m.Entries)
	}
	if m := manifest(t, "{\n\"x\": \""+text+"\",\n\"y\": \""+other+"\"}"); len(m.Entries) != 2 || !strings.HasSuffix(m.Entries[1].Place, ":3") {
		t.Errorf("Relay: %+v", m.Entries)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"a.graphql": text, "sub/b.graphql": other, "c.txt": "no"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := persisted.Read(dir); err != nil || len(m.Entries) != 2 {
		t.Errorf("folder: %v %v", m, err)
	}
	for name, wrong := range map[string]string{
		"truncated":    apollo[:100],
		"list":         "[]",
		"other format": strings.Replace(apollo, "apollo-", "apollon-", 1),
		"version":      strings.Replace(apollo, `"version": 1`, `"version": 2`, 1),
		"same id":      strings.Replace(apollo, `"id": "2"`, `"id": "1"`, 1),
		"no id":        strings.Replace(apollo, `"id": "2"`, `"id": ""`, 1),
		"numbers":      `{"x": 1}`,
		"empty":        "",
	} {
		path := filepath.Join(t.TempDir(), "m.json")
		if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := persisted.Read(path); err == nil || !strings.Contains(err.Error(), "m.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := persisted.Read(filepath.Join(dir, "absent")); err == nil {
		t.Error("an absent file is taken")
	}
}

// TestLargeManifests reads one of very many documents, and one that is refused
// before it is read.
func TestLargeManifests(t *testing.T) {
	const many = 50_000
	var b strings.Builder
	for i := range many {
		fmt.Fprintf(&b, ",\n\"%d\": \"query Q%d { x }\"", i, i)
	}
	m := manifest(t, "{"+b.String()[1:]+"}")
	last := slices.IndexFunc(m.Entries, func(e *persisted.Entry) bool { return strings.HasSuffix(e.Place, fmt.Sprint(":", many+1)) })
	if len(m.Entries) != many || last < 0 || m.Entries[last].ID != strconv.Itoa(many-1) {
		t.Errorf("%d of %d documents, the last is number %d", len(m.Entries), many, last)
	}
	large := filepath.Join(t.TempDir(), "large.json")
	if err := errors.Join(os.WriteFile(large, []byte("{"), 0o600), os.Truncate(large, 200<<20)); err != nil {
		t.Fatal(err)
	}
	if _, err := persisted.Read(large); err == nil || !strings.Contains(err.Error(), "large.json has 209715200 bytes") {
		t.Errorf("200 MB: %v", err)
	}
}

// TestTrust refuses a manifest of which a document is not served, and keeps the
// one before.
func TestTrust(t *testing.T) {
	p := setup(t, "safelist")
	err := p.Trust(t.Context(), manifest(t, "{\"a\": \""+other+"\",\n\"b\": \"mutation { x }\"}"))
	if err == nil || !strings.Contains(err.Error(), "manifest.json:2: b: it is no query") {
		t.Errorf("got %v", err)
	}
	if got := ask(t, p, sent{id: "one"}); got != text+" (trusted)" {
		t.Errorf("the former documents are gone: %s", got)
	}
	if used := p.Trusted().Entries[0].Used(); used != 1 {
		t.Errorf("used %d times", used)
	}
}

// TestWatch changes the manifest while the server runs.
func TestWatch(t *testing.T) {
	p := setup(t, "safelist")
	path := filepath.Join(t.TempDir(), "manifest.json")
	write := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"one": "` + text + `"}`)
	ctx, stop := context.WithCancel(t.Context())
	reported := make(chan error, 1)
	var running sync.WaitGroup
	running.Go(func() { p.Watch(ctx, path, time.Millisecond, func(err error) { reported <- err }) })
	defer running.Wait()
	defer stop()
	<-time.After(20 * time.Millisecond) // so that the file has another time
	write(`{"two": "` + other + `", "three": "query C { c }"}`)
	for deadline := time.Now().Add(time.Minute); ask(t, p, sent{id: "two"}) != other+" (trusted)"; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the new manifest is not in force")
		}
	}
	write("{")
	if err := <-reported; err == nil {
		t.Error("a broken manifest was not reported")
	}
	if got := ask(t, p, sent{id: "three"}); got != "query C { c } (trusted)" {
		t.Errorf("after a broken manifest: %s", got)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"1","body":"x"}]}`))
	f.Add([]byte(`{"a":"b"}`))
	path := filepath.Join(f.TempDir(), "m.json")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := persisted.Read(path); err == nil {
			for _, e := range m.Entries {
				if e.Place == "" {
					t.Errorf("no place: %+v", e)
				}
			}
		}
	})
}
