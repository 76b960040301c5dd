//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/weftql/weft/internal/testbed"
)

// room is what a cache has, in bytes.
const room = 256 << 20

// clients ask at the same time.
const clients = 32

const feed = `query Feed { posts(first: 20) { nodes { id title excerpt score publishedAt author { name username } tags { name } } } }`

// compressed is where the bare handler compresses what it sends, each time, by
// the library with which the server compresses what it does not keep.
const compressed = "/compressed"

// bare is what the bare handler sends.
type bare struct {
	Header http.Header
	Body   []byte
}

// serveBare serves the contents of a file on WEFT_ADDR, as a handler would that
// does nothing else.
func serveBare(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var answer bare
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	send := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), answer.Header)
		_, _ = w.Write(answer.Body) // the client may have gone
	})
	mux := http.NewServeMux()
	mux.Handle("/", send)
	mux.Handle(compressed, gzhttp.GzipHandler(send))
	server := http.Server{Addr: os.Getenv("WEFT_ADDR"), ReadHeaderTimeout: time.Second, Handler: mux}
	return server.ListenAndServe()
}

// way is a way to ask for the feed.
type way struct {
	name     string
	server   *testbed.Server
	requests [][]byte // in turn
}

// hits measures what a kept answer costs.
func (b *bench) hits(ctx context.Context, table io.Writer) error {
	weft, err := b.start(ctx, room, 0)
	if err != nil {
		return err
	}
	defer func() { _ = weft.Stop() }() // it has done its work
	off, err := b.start(ctx, 0, 0)
	if err != nil {
		return err
	}
	defer func() { _ = off.Stop() }()
	sum := sha256.Sum256([]byte(feed))
	persisted := fmt.Sprintf(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":%q}}}`, hex.EncodeToString(sum[:]))
	whole := fmt.Sprintf(`{"query":%q,%s`, feed, persisted[1:])
	for _, s := range []*testbed.Server{weft, off} {
		if _, err := once(ctx, s, post(s, whole)); err != nil {
			return err
		}
	}
	path := "/graphql/sha256:" + hex.EncodeToString(sum[:])
	answer, err := kept(ctx, "http://"+weft.Addr+path)
	if err != nil {
		return err
	}
	file := b.dir + "/bare.json"
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	handler, err := testbed.Start(ctx, testbed.Command{Name: "bare", Program: self, Args: []string{"-bare", file}, Dir: b.dir, Ready: "/"})
	if err != nil {
		return err
	}
	defer func() { _ = handler.Stop() }()
	ways := []way{
		{"bare net/http handler", handler, [][]byte{get(handler, "/", "")}},
		{"GET by hash, kept", weft, [][]byte{get(weft, path, "")}},
		{"GET by text, kept", weft, [][]byte{get(weft, "/graphql?query="+url.QueryEscape(feed), "GraphQL-Require-Preflight: 1\r\n")}},
		{"POST by hash, kept", weft, [][]byte{post(weft, persisted)}},
		{"GET by hash, not modified (304)", weft, [][]byte{get(weft, path, "If-None-Match: "+answer.Header.Get("Etag")+"\r\n")}},
		{"bare handler, zstd each time", handler, [][]byte{get(handler, compressed, "Accept-Encoding: zstd\r\n")}},
		{"GET by hash, kept, zstd kept too", weft, [][]byte{get(weft, path, "Accept-Encoding: zstd\r\n")}},
		{"bare handler, gzip each time", handler, [][]byte{get(handler, compressed, "Accept-Encoding: gzip\r\n")}},
		{"GET by hash, kept, gzip kept too", weft, [][]byte{get(weft, path, "Accept-Encoding: gzip\r\n")}},
		{"GET by hash, cache off", off, [][]byte{get(off, path, "")}},
	}
	rounds := make([][]testbed.Figures, len(ways))
	for range b.rounds {
		for i, w := range ways {
			f, err := b.observe(ctx, w)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			rounds[i] = append(rounds[i], f)
		}
	}
	fmt.Fprintf(table, "One page of 20 posts, %d bytes, %d clients.\n\n| | requests/s | of the bare handler | p50 | p99 | CPU of the server | of PostgreSQL |\n|---|--:|--:|--:|--:|--:|--:|\n", len(answer.Body), clients)
	of := testbed.Median(rounds[0]).PerSecond
	drawn := chart{title: "A page of 20 posts: requests a second"}
	for i, w := range ways {
		f := testbed.Median(rounds[i])
		fmt.Fprintf(table, "| %s | %.0f | %.0f %% | %d µs | %d µs | %.1f µs | %.1f µs |\n", w.name, f.PerSecond, 100*f.PerSecond/of,
			f.P50.Microseconds(), f.P99.Microseconds(), micros(f.ServerCPU), micros(f.DataCPU))
		drawn.bars = append(drawn.bars, bar{w.name, []float64{f.PerSecond}, fmt.Sprintf(" (%.0f %%)", 100*f.PerSecond/of)})
	}
	b.charts = append(b.charts, drawn)
	return nil
}

// kept asks until the answer comes out of the cache.
func kept(ctx context.Context, url string) (answer bare, err error) {
	for range 100 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return answer, err
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return answer, err
		}
		answer.Header = response.Header
		answer.Header.Del("Vary") // the handler that compresses sets its own
		answer.Body, err = io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return answer, err
		}
		if status := response.Header.Get("Cache-Status"); len(status) > 9 && status[:9] == "weft; hit" {
			answer.Header.Del("Date")
			return answer, nil
		}
		time.Sleep(20 * time.Millisecond) //nolint:forbidigo // nothing tells when changes are old enough
	}
	return answer, fmt.Errorf("the answer is never kept: %v", answer.Header)
}

func get(s *testbed.Server, path, header string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, s.Addr, header)
}

func post(s *testbed.Server, body string) []byte { return postAs(s, "", "", body) }

// postAs shows an access token, and the Consistency-Token of a write, if there
// are any.
func postAs(s *testbed.Server, token, written, body string) []byte {
	request := fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", s.Addr, len(body))
	if token != "" {
		request = fmt.Appendf(request, "Authorization: Bearer %s\r\n", token)
	}
	if written != "" {
		request = fmt.Appendf(request, "Consistency-Token: %s\r\n", written)
	}
	return fmt.Appendf(request, "\r\n%s", body)
}

func once(ctx context.Context, s *testbed.Server, request []byte) ([]byte, error) {
	c, err := testbed.Dial(ctx, s.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	body, err := c.Do(request)
	return slices.Clone(body), err
}

// observe warms a server up and measures it.
func (b *bench) observe(ctx context.Context, w way) (f testbed.Figures, err error) {
	if _, err := testbed.Drive(ctx, w.server.Addr, w.requests, clients, b.duration/4); err != nil {
		return f, err
	}
	return testbed.Observe(ctx, w.server, b.postgres, w.requests, clients, b.duration)
}
