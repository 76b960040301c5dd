//go:build unix

// Package redistest gives tests a real Redis of their own, and a Redis Cluster,
// as processes that end with the test.
//
// It is imported by _test.go files only. WEFT_TEST_REDIS names the program
// where redis-server is not on the PATH.
package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience bounds the start of a server.
const patience = 30 * time.Second

// Server is a running Redis on 127.0.0.1.
type Server struct {
	Addr string // host:port

	dir     string
	args    []string
	process *os.Process
	exited  chan struct{}
}

// Start runs a Redis that keeps its data in memory only.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t)
}

// URL is the address as WEFT_REDIS_URL has it.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Client returns a client with the options of the product: it observes
// deadlines and repeats nothing.
func (s *Server) Client(t testing.TB) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() }) // a client of a test has nothing to lose
	return c
}

// Cluster starts a Redis Cluster of three masters and returns a client of it.
func Cluster(t testing.TB) *redis.ClusterClient {
	t.Helper()
	var addrs []string
	for range 3 {
		s := start(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
		addrs = append(addrs, s.Addr)
	}
	for i, addr := range addrs {
		c := redis.NewClient(&redis.Options{Addr: addr})
		first, last := i*16384/3, (i+1)*16384/3-1
		host, port, _ := net.SplitHostPort(addrs[0])
		err := errors.Join(c.ClusterAddSlotsRange(t.Context(), first, last).Err(), c.ClusterMeet(t.Context(), host, port).Err(), c.Close())
		if err != nil {
			t.Fatalf("make cluster: %v", err)
		}
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() }) // as above
	wait(t, "the cluster is whole", func(ctx context.Context) error {
		for _, addr := range addrs {
			one := redis.NewClient(&redis.Options{Addr: addr})
			info, err := one.ClusterInfo(ctx).Result()
			_ = one.Close() // what it said is known
			if err != nil {
				return err
			}
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:3") {
				return errors.New(info)
			}
		}
		c.ReloadState(ctx)
		return nil
	})
	return c
}

func start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{dir: t.TempDir(), args: args}
	// Another process may take the free port first.
	var err error
	for range 5 {
		if s.Addr, err = freeAddr(t.Context()); err == nil {
			if err = s.run(t); err == nil {
				return s
			}
		}
	}
	t.Fatalf("start redis: %v", err)
	return nil
}

func (s *Server) run(t testing.TB) error {
	program := os.Getenv("WEFT_TEST_REDIS")
	if program == "" {
		program = "redis-server"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return fmt.Errorf("these tests start a Redis of their own; install redis-server (Debian, Ubuntu) or redis (macOS): %w", err)
	}
	_, port, _ := net.SplitHostPort(s.Addr)
	log, err := os.Create(filepath.Join(s.dir, "redis.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.Background(), path, append([]string{
		"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.dir, "--loglevel", "warning",
	}, s.args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	s.process, s.exited = cmd.Process, make(chan struct{})
	exited := s.exited
	go func() {
		_ = cmd.Wait() // how it ends does not matter, only that it did
		close(exited)
	}()
	t.Cleanup(func() { s.Stop(t) })
	c := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer func() { _ = c.Close() }() // as above
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if err = c.Ping(t.Context()).Err(); err == nil {
			return nil
		}
		select {
		case <-exited:
			text, _ := os.ReadFile(log.Name()) // best effort, for the message
			return fmt.Errorf("redis-server ended: %s", text)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return err
}

// Stop kills the server; its data are gone.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	select {
	case <-s.exited:
		return
	default:
	}
	if err := s.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("stop redis: %v", err)
	}
	<-s.exited
}

// Restart runs a stopped server again, empty, at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.run(t); err != nil {
		t.Fatalf("restart redis: %v", err)
	}
}

// Pause freezes the server: connections stay open, and nobody is answered
// until Resume.
func (s *Server) Pause(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Resume ends a pause.
func (s *Server) Resume(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := s.process.Signal(signal); err != nil {
		t.Fatalf("send %v to redis: %v", signal, err)
	}
}

func wait(t testing.TB, what string, check func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited too long until %s: %v", what, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddr(ctx context.Context) (string, error) {
	for {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		addr, port := l.Addr().String(), l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return "", err
		}
		if port <= 55_000 { // the cluster's bus listens 10,000 above
			return addr, nil
		}
	}
}
