package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/internal/dbtest"
)

// nginxConf keeps answers as Weft says, but for one second only, after which it
// asks whether they are still good.
const nginxConf = `
daemon off;
error_log %[1]s/error.log;
pid %[1]s/nginx.pid;
%[2]s
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  proxy_cache_path %[1]s/cache keys_zone=answers:1m;
  server {
    listen %[3]s;
    location / {
      proxy_pass http://%[4]s;
      proxy_set_header GraphQL-Require-Preflight 1;
      proxy_cache answers;
      proxy_cache_revalidate on;
      proxy_cache_methods GET HEAD;
      %[5]s
      add_header X-Nginx $upstream_cache_status always;
    }
  }
}
`

// shortly has nginx keep what it may keep for one second.
const shortly = "proxy_ignore_headers Cache-Control; proxy_cache_valid 200 1s;"

func startNginx(t *testing.T, upstream, settings string) (url string) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Fatal("nginx was not found: apt-get install nginx-light, or the package of that name of your system")
		}
	}
	dir, user := t.TempDir(), ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	addr := freeAddr(t)
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, dir, user, addr, upstream, settings), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	nginx := exec.CommandContext(ctx, program, "-c", conf, "-p", dir)
	nginx.Cancel = func() error { return nginx.Process.Signal(os.Interrupt) }
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = nginx.Wait() // it was interrupted
	})
	return "http://" + addr
}

// freeAddr is an address that nothing listens on, another one each time: who was
// given it may not listen yet.
func freeAddr(t *testing.T) string {
	t.Helper()
	for {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, given := givenAddrs.LoadOrStore(addr, true); !given {
			return addr
		}
	}
}

var givenAddrs sync.Map

// instanceAt serves until t ends.
func instanceAt(t *testing.T, addr string, environ ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if code := run(ctx, nil, append([]string{"WEFT_PRIVATE_ADDR=127.0.0.1:0", "WEFT_ADDR=" + addr, "WEFT_DRAIN_DELAY=0s"}, environ...), t.Output(), t.Output()); code != 0 {
			t.Errorf("exit %d", code)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// through is an answer by way of nginx.
type through struct {
	nginx, weft string // what their caches did
	body        string
	header      http.Header
}

func fetch(t *testing.T, url, token string) through {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return through{response.Header.Get("X-Nginx"), response.Header.Get("Cache-Status"), string(body), response.Header}
}

func say(t *testing.T, url, token string, body map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { //nolint:forbidigo // until it listens
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil || response.StatusCode == http.StatusBadGateway {
			if time.Now().After(deadline) {
				t.Fatalf("nobody answers: %v", err)
			}
			continue
		}
		defer response.Body.Close()
		var answer struct{ Data map[string]any }
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return answer.Data
	}
}

// TestNginx has a real nginx with a cache between: it keeps what is public, gives
// nobody's answer to somebody, and hears of a change without a purge.
func TestNginx(t *testing.T) {
	t.Parallel()
	addr := freeAddr(t)
	instanceAt(t, addr, "WEFT_DATABASE_URL="+dbtest.NewURL(t, "postgres"), "WEFT_JWT_KEYS_FILE="+filepath.Join(t.TempDir(), "keys.json"),
		"WEFT_RESPONSE_CACHE=16777216")
	long, short := startNginx(t, addr, ""), startNginx(t, addr, shortly)

	signedUp := say(t, long+"/graphql", "", map[string]any{"query": signUpAda})
	token := signedUp["signUp"].(map[string]any)["accessToken"].(string)
	made := say(t, long+"/graphql", token, map[string]any{"query": `mutation { createPost(input: {title: "First", body: "x"}) { post { id } } }`})
	id := made["createPost"].(map[string]any)["post"].(map[string]any)["id"].(string)

	// A document is registered once, and then asked for by its path.
	query := fmt.Sprintf(`{ post(id: %q) { title status } posts(first: 5) { nodes { title } } }`, id)
	sum := sha256.Sum256([]byte(query))
	hash := hex.EncodeToString(sum[:])
	say(t, long+"/graphql", "", map[string]any{"query": query, "extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}})
	path := "/graphql/sha256:" + hash

	const hidden = `{"data":{"post":null,"posts":{"nodes":[]}}}`
	if got := fetch(t, long+path, ""); got.body != hidden || got.nginx != "MISS" {
		t.Errorf("the first: %+v", got)
	}
	if got := fetch(t, long+path, ""); got.body != hidden || got.nginx != "HIT" {
		t.Errorf("the second: %+v", got)
	}
	if got := fetch(t, long+path, token); !strings.Contains(got.body, "DRAFT") || got.nginx == "HIT" || got.header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("the author after nobody: %+v", got)
	}
	if got := fetch(t, long+path, ""); got.body != hidden || got.nginx != "HIT" {
		t.Errorf("nobody after the author: %+v", got)
	}

	fetch(t, short+path, "")
	say(t, long+"/graphql", token, map[string]any{"query": fmt.Sprintf(`mutation { publishPost(input: {id: %q}) { post { id } } }`, id)})
	const shown = `{"data":{"post":{"title":"First","status":"PUBLISHED"},"posts":{"nodes":[{"title":"First"}]}}}`
	seen := map[string]bool{}
	for deadline := time.Now().Add(10 * time.Second); !seen["REVALIDATED"] && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) { //nolint:forbidigo // nginx keeps it for a second
		got := fetch(t, short+path, "")
		seen[got.nginx] = true
		if seen["EXPIRED"] && got.body != shown {
			t.Fatalf("it was asked for again, and is what it was: %+v", got)
		}
	}
	if !seen["EXPIRED"] || !seen["REVALIDATED"] {
		t.Errorf("nginx did not ask again: %v", seen)
	}
}
