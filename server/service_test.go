package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weftql/weft/internal/telemetry"
	"github.com/weftql/weft/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func startService(t *testing.T, o server.ServiceOptions, change func(*config)) (*server.Service, string) {
	t.Helper()
	logger, err := telemetry.NewLogger(io.Discard, telemetry.LogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t, func(options *config) {
		options.Logger = logger // clients that run at once would race for the buffer
		if change != nil {
			change(options)
		}
	})
	o.Addr = "127.0.0.1:0"
	service := server.NewService(b.server, o)
	if err := service.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return service, "http://" + service.Addr()
}

func TestServiceLifecycle(t *testing.T) {
	service, url := startService(t, server.ServiceOptions{PrivateAddr: "127.0.0.1:0"}, nil)
	if err := service.Start(t.Context()); err != nil {
		t.Errorf("second start: %v", err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for target, want := range map[string]int{
		url + "/livez":        200,
		url + "/debug/pprof/": 404,
		url + "/metrics":      404,
		"http://" + service.PrivateAddr() + "/livez":        200,
		"http://" + service.PrivateAddr() + "/readyz":       200,
		"http://" + service.PrivateAddr() + "/debug/pprof/": 200,
		"http://" + service.PrivateAddr() + "/graphql":      404,
	} {
		response, err := client.Get(target)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: got %d, want %d", target, response.StatusCode, want)
		}
	}
	var stopping sync.WaitGroup
	for range 3 {
		stopping.Go(func() {
			if err := service.Stop(context.Background()); err != nil {
				t.Errorf("stop: %v", err)
			}
		})
	}
	stopping.Wait()
	if _, err := net.Dial("tcp", service.Addr()); err == nil {
		t.Error("a stopped service still listens")
	}
	if err := service.Start(t.Context()); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("start after stop: %v", err)
	}
}

func TestStopBeforeStart(t *testing.T) {
	service := server.NewService(setup(t, nil).server, server.ServiceOptions{Addr: "127.0.0.1:0"})
	if err := service.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := service.Start(t.Context()); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("start: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	first, _ := startService(t, server.ServiceOptions{}, nil)
	second := server.NewService(setup(t, nil).server, server.ServiceOptions{Addr: first.Addr()})
	if err := second.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "listen on "+first.Addr()) {
		t.Errorf("got %v", err)
	}
	both := server.NewService(setup(t, nil).server, server.ServiceOptions{Addr: "127.0.0.1:0", PrivateAddr: first.Addr()})
	if err := both.Start(t.Context()); err == nil {
		t.Error("a private address in use is taken")
	}
}

// Requests that are being served when Stop is called get their whole answer.
func TestStopWaitsForRequests(t *testing.T) {
	const clients = 20
	var entered sync.WaitGroup
	entered.Add(clients)
	release := make(chan struct{})
	service, url := startService(t, server.ServiceOptions{}, func(o *config) {
		o.prepare = func(ctx context.Context) context.Context {
			entered.Done()
			<-release
			return ctx
		}
	})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var working sync.WaitGroup
	for range clients {
		working.Go(func() {
			if err := postHello(client, url); err != nil {
				t.Errorf("dropped: %v", err)
			}
		})
	}
	entered.Wait()
	stopped := make(chan error, 1)
	go func() { stopped <- service.Stop(context.Background()) }()
	select {
	case err := <-stopped:
		t.Errorf("stopped with requests in flight: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	working.Wait()
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

// Clients that look at /readyz, as a load balancer does, get an answer to every
// request while the server stops.
func TestStopUnderLoad(t *testing.T) {
	service, url := startService(t, server.ServiceOptions{DrainDelay: 500 * time.Millisecond}, nil)
	var answered atomic.Int64
	var warm, working sync.WaitGroup
	const clients = 16
	warm.Add(clients)
	for range clients {
		working.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			defer client.CloseIdleConnections()
			for first := true; ready(t, client, url); first = false {
				if err := postHello(client, url); err != nil {
					t.Errorf("dropped: %v", err)
				}
				if first {
					warm.Done()
				}
				answered.Add(1)
			}
		})
	}
	warm.Wait()
	if err := service.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
	working.Wait()
	t.Logf("%d requests answered", answered.Load())
}

func ready(t *testing.T, client *http.Client, url string) bool {
	t.Helper()
	response, err := client.Get(url + "/readyz")
	if err != nil {
		t.Errorf("/readyz: %v", err)
		return false
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Errorf("/readyz: %v", err)
	}
	return response.StatusCode == http.StatusOK
}

// Without a request in flight nothing is cut, however little time is left.
func TestStopOfIdleServer(t *testing.T) {
	service, _ := startService(t, server.ServiceOptions{PrivateAddr: "127.0.0.1:0"}, nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := service.Stop(ended); err != nil {
		t.Error(err)
	}
}

func postHello(client *http.Client, url string) error {
	response, err := client.Post(url+"/graphql", "application/json", strings.NewReader(`{"query":"{hello}"}`))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if string(body) != `{"data":{"hello":"world"}}` {
		return fmt.Errorf("got %d %s", response.StatusCode, body)
	}
	return nil
}

// A request that outlives StopTimeout is cut, and Stop says so.
func TestStopTimeout(t *testing.T) {
	entered := make(chan struct{})
	b := setup(t, func(o *config) {
		o.prepare = func(ctx context.Context) context.Context {
			close(entered)
			return ctx
		}
	})
	service := server.NewService(b.server, server.ServiceOptions{Addr: "127.0.0.1:0", StopTimeout: 20 * time.Millisecond})
	if err := service.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	failed := make(chan error, 1)
	go func() {
		response, err := client.Post("http://"+service.Addr()+"/graphql", "application/json", strings.NewReader(`{"query":"{wait}"}`))
		if err == nil {
			_ = response.Body.Close()
		}
		failed <- err
	}()
	<-entered
	err := service.Stop(context.Background())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "requests were cut") {
		t.Errorf("got %v", err)
	}
	if again := service.Stop(context.Background()); !errors.Is(again, context.DeadlineExceeded) {
		t.Errorf("second stop: %v", again)
	}
	if <-failed == nil {
		t.Error("the request was not cut")
	}
}

// A 10 MB body is refused before it is read, over a real connection.
func TestLargeBody(t *testing.T) {
	_, url := startService(t, server.ServiceOptions{}, nil)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	body := append([]byte(`{"query":"`), bytes.Repeat([]byte("x"), 10<<20)...)
	for name, reader := range map[string]io.Reader{
		"Announced": bytes.NewReader(body),
		"Chunked":   io.MultiReader(bytes.NewReader(body)),
	} {
		t.Run(name, func(t *testing.T) {
			response, err := client.Post(url+"/graphql", "application/json", reader)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != 413 || !strings.Contains(string(text), "BAD_USER_INPUT") || len(text) > 500 {
				t.Errorf("got %d %s", response.StatusCode, text)
			}
		})
	}
}

// A client that is slower than ReadTimeout gets an answer and its connection is
// closed.
func TestSlowBody(t *testing.T) {
	service, _ := startService(t, server.ServiceOptions{ReadTimeout: 30 * time.Millisecond}, nil)
	conn, err := net.Dial("tcp", service.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "HTTP/1.1 408 ") || !strings.Contains(string(text), `"code":"TIMEOUT"`) {
		t.Errorf("got %s", text)
	}
}
