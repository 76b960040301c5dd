//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/weftql/weft/internal/testbed"
)

// The addresses that clients come from: the server tells callers without an
// account apart by them.
const (
	stranger = "127.0.0.1"
	other    = "127.0.0.2"
)

// target is the server that is attacked.
type target struct {
	server   *testbed.Server
	postgres *testbed.Postgres // nil on SQLite
	clients  map[string]*http.Client
}

// start starts a server with its default settings on a store with made-up data.
func start(ctx context.Context, o options, store, dir string) (_ *target, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	t := &target{clients: map[string]*http.Client{stranger: from(stranger), other: from(other)}}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.stop())
		}
	}()
	env := []string{"WEFT_DATA_DIR=" + dir, "WEFT_LOG_LEVEL=warn"}
	if store == "postgres" {
		if t.postgres, err = testbed.StartPostgres(ctx, filepath.Join(dir, "postgres")); err != nil {
			return nil, err
		}
		env = append(env, "WEFT_DATABASE_URL="+t.postgres.URL)
	}
	if err := testbed.Seed(ctx, o.binary, dir, env, o.posts); err != nil {
		return nil, err
	}
	t.server, err = testbed.Start(ctx, testbed.Command{Name: "weft", Program: o.binary, Env: env, Dir: dir, Ready: "/readyz"})
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (t *target) stop() error {
	var err error
	if t.server != nil {
		err = t.server.Stop()
	}
	if t.postgres != nil {
		t.postgres.Stop()
	}
	return err
}

// from returns a client whose connections come from an address.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 128, DisableCompression: true},
	}
}

// request is what one client sends.
type request struct {
	name      string
	query     string
	variables map[string]any
	token     string // of its account; empty for a stranger without one
	from      string // address; empty for stranger
}

// answer is what came back.
type answer struct {
	status int
	body   []byte
	took   time.Duration
}

// data reports whether the answer has data and no error.
func (a answer) data() bool {
	return a.status == http.StatusOK && !bytes.HasPrefix(a.body, []byte(`{"errors"`)) && !bytes.Contains(a.body, []byte(`,"errors":[`))
}

func (t *target) send(ctx context.Context, r request) (answer, error) {
	body, err := json.Marshal(map[string]any{"query": r.query, "variables": r.variables})
	if err != nil {
		return answer{}, err
	}
	h, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+t.server.Addr+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	h.Header.Set("Content-Type", "application/json")
	if r.token != "" {
		h.Header.Set("Authorization", "Bearer "+r.token)
	}
	client := t.clients[stranger]
	if r.from != "" {
		client = t.clients[r.from]
	}
	start := time.Now()
	response, err := client.Do(h)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode}
	a.body, err = io.ReadAll(response.Body)
	a.took = time.Since(start)
	return a, err
}

// get sends a request that must succeed and decodes its data.
func (t *target) get(ctx context.Context, r request, data any) error {
	a, err := t.send(ctx, r)
	if err != nil {
		return err
	}
	if !a.data() {
		return fmt.Errorf("%.60s: status %d: %.300s", r.query, a.status, a.body)
	}
	return json.Unmarshal(a.body, &struct{ Data any }{data})
}

// password is that of the accounts made here.
const password = "correct horse battery staple"

// signUp makes an account and returns its access token.
func (t *target) signUp(ctx context.Context, name string) (string, error) {
	var made struct{ SignUp struct{ AccessToken string } }
	err := t.get(ctx, request{
		from:      other,
		query:     `mutation ($i: SignUpInput!) { signUp(input: $i) { accessToken } }`,
		variables: map[string]any{"i": map[string]any{"username": name, "email": name + "@example.org", "password": password}},
	}, &made)
	return made.SignUp.AccessToken, err
}

// cpu is the processor time of the server and its database together.
func (t *target) cpu() (time.Duration, error) {
	used, err := t.server.CPU()
	if err != nil || t.postgres == nil {
		return used, err
	}
	database, err := t.postgres.CPU()
	return used + database, err
}

// words are some of those that weft seed writes, the common ones first.
func words() []string { return strings.Fields("first query schema index slow databases go graphql") }
