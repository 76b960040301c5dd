package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/internal/dbtest"
)

// balanced is an instance behind the balancer, which sends it requests while
// /readyz says yes.
type balanced struct {
	addr  string
	proxy *httputil.ReverseProxy
	ready atomic.Bool
}

// start serves until the function that it returns is called.
func (b *balanced) start(t *testing.T, environ []string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, nil, append(environ, "WEFT_ADDR="+b.addr, "WEFT_PRIVATE_ADDR=127.0.0.1:0", "WEFT_DRAIN_DELAY=500ms"), &out, &out)
	}()
	for deadline := time.Now().Add(time.Minute); !b.ready.Load(); time.Sleep(10 * time.Millisecond) { //nolint:forbidigo // as a balancer does
		if time.Now().After(deadline) {
			t.Fatal("an instance does not become ready")
		}
	}
	return func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit %d: %s", code, out.String())
		}
	}
}

// look asks for readiness until ctx ends.
func (b *balanced) look(ctx context.Context) {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		ok := false
		if r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.addr+"/readyz", nil); err == nil {
			if response, err := client.Do(r); err == nil {
				ok = response.StatusCode == http.StatusOK
				response.Body.Close()
			}
		}
		b.ready.Store(ok)
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // as a balancer does
	}
}

// TestRollingRestart restarts two instances, one after the other and twice, under
// load: the balancer obeys readiness and tries nothing again, and no request
// fails.
func TestRollingRestart(t *testing.T) {
	environ := []string{"WEFT_DATABASE_URL=" + dbtest.NewURL(t, "postgres"), "WEFT_JWT_KEYS_FILE=" + filepath.Join(t.TempDir(), "keys.json")}
	looking, rest := context.WithCancel(t.Context())
	var background sync.WaitGroup
	defer background.Wait()
	defer rest()
	var fleet [2]*balanced
	var stops [2]func()
	for i := range fleet {
		b := &balanced{addr: freeAddr(t)}
		b.proxy = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: b.addr})
		background.Go(func() { b.look(looking) })
		fleet[i], stops[i] = b, b.start(t, environ)
	}
	var turn atomic.Int64
	balancer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first := turn.Add(1)
		for next := range int64(2) {
			if b := fleet[(first+next)%2]; b.ready.Load() {
				b.proxy.ServeHTTP(w, r)
				return
			}
		}
		http.Error(w, "no instance is ready", http.StatusBadGateway)
	}))
	defer balancer.Close()

	loading, unload := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	var sent, failed atomic.Int64
	for range 4 {
		clients.Go(func() {
			for loading.Err() == nil {
				sent.Add(1)
				if why := ask(t.Context(), balancer.URL); why != "" && failed.Add(1) < 5 {
					t.Error(why)
				}
				time.Sleep(2 * time.Millisecond) //nolint:forbidigo // so many requests as a person's page sends
			}
		})
	}
	for range 2 {
		for i, b := range fleet {
			stops[i]()
			stops[i] = b.start(t, environ)
		}
	}
	unload()
	clients.Wait()
	t.Logf("%d requests, %d failed", sent.Load(), failed.Load())
	for _, stop := range stops {
		stop()
	}
}

// ask says what went wrong; "" for an answer with data.
func ask(ctx context.Context, address string) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/graphql", strings.NewReader(`{"query":"{ posts(first: 5) { nodes { title author { name } } } }"}`))
	if err != nil {
		return err.Error()
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return err.Error()
	}
	if response.StatusCode != http.StatusOK || !strings.Contains(body.String(), `"data":{"posts"`) {
		return fmt.Sprintf("%s: %.200s", response.Status, body.String())
	}
	return ""
}
