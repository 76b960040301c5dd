//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// connections is the size of each server's pool.
const connections = 8

// kind is a server to measure.
type kind struct {
	name    string
	hand    bool   // the hand-written one, which is asked by paths
	peer    bool   // another GraphQL server
	program string // to run
	args    []string
	ready   string // path that answers when it serves
	env     []string
}

// kinds are the servers, the one that shows statements first.
func kinds(weft, handwritten string) []kind {
	return []kind{
		{name: "Weft", program: weft, ready: "/readyz", env: []string{"WEFT_EXECUTOR=breadth-first"}},
		{name: "hand-written", program: handwritten, ready: "/statements", hand: true},
		{name: "Weft on gqlgen's executor", program: weft, ready: "/readyz", env: []string{"WEFT_EXECUTOR=gqlgen"}},
	}
}

// server is a running kind.
type server struct {
	kind
	addr, private string
	process       *os.Process
	log           string
}

func build(ctx context.Context, to, pkg string) error {
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", to, pkg).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// start runs a server with the defaults of its kind and waits until it
// answers. Its log goes to a file in dir, as a service's would.
func start(ctx context.Context, k kind, database, dir string) (*server, error) {
	s := &server{kind: k}
	var err error
	if s.addr, err = freeAddr(ctx); err != nil {
		return nil, err
	}
	if s.private, err = freeAddr(ctx); err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(dir, "log-")
	if err != nil {
		return nil, fmt.Errorf("make log: %w", err)
	}
	defer log.Close()
	s.log = log.Name()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), k.program, k.args...)
	cmd.Dir = dir // where no .env is
	cmd.Env = append(append(os.Environ(),
		"WEFT_ADDR="+s.addr, "WEFT_PRIVATE_ADDR="+s.private, "WEFT_DATABASE_URL="+database,
		"WEFT_DATABASE_MAX_CONNS="+strconv.Itoa(connections)), k.env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", k.name, err)
	}
	s.process = cmd.Process
	err = poll(ctx, 20*time.Second, func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+k.ready, nil)
		if err != nil {
			return err
		}
		r, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", k.ready, r.Status)
		}
		return nil
	})
	if err != nil {
		s.stop()
		text, _ := os.ReadFile(s.log) // for the message alone
		return nil, fmt.Errorf("start %s: %w\n%s", k.name, err, text)
	}
	return s, nil
}

func (s *server) stop() {
	if s.process.Signal(syscall.SIGTERM) == nil {
		_, _ = s.process.Wait() // it says how it ended, which no longer matters
	}
}

func freeAddr(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// tick is the unit of processor times in /proc.
const tick = 10 * time.Millisecond

// times are the processor times of a process: its own, and those of children
// that it has waited for.
type times struct {
	parent         int
	own, waitedFor time.Duration
}

func readTimes(pid int) (times, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return times{}, fmt.Errorf("read processor time: %w", err)
	}
	// The second field is a name in parentheses, in which anything may stand.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var n [5]int64
	for i, at := range []int{1, 11, 12, 13, 14} { // parent, user, system, children's user and system
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return times{}, fmt.Errorf("read processor time: %w", err)
		}
	}
	return times{int(n[0]), time.Duration(n[1]+n[2]) * tick, time.Duration(n[3]+n[4]) * tick}, nil
}

// cpu is what the server has used.
func (s *server) cpu() (time.Duration, error) {
	t, err := readTimes(s.process.Pid)
	return t.own, err
}

// cpu is what the postmaster and all of its backends have used, those that
// ended among them.
func (p *postgres) cpu() (time.Duration, error) {
	postmaster, err := readTimes(p.process.Pid)
	if err != nil {
		return 0, err
	}
	sum := postmaster.own + postmaster.waitedFor
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if t, err := readTimes(pid); err == nil && t.parent == p.process.Pid { // others may end meanwhile
			sum += t.own
		}
	}
	return sum, nil
}
