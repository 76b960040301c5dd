//go:build linux

// Package testbed starts servers and a PostgreSQL with the settings of a small
// production server, as processes of their own, and reads what they use: for
// programs that measure, attack or break a running Weft. Tests have dbtest,
// which starts its servers by the same Postgres.
package testbed

import (
	"context"
	"errors"
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

// Build builds the package of a command to a file.
func Build(ctx context.Context, to, pkg string) error {
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", to, pkg).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// Command is a server to start.
type Command struct {
	Name    string // for messages
	Program string
	Args    []string
	Env     []string // beside that of this process
	Dir     string   // working directory; its log goes there too
	Ready   string   // path that answers 200 when it serves

	// Addr and Private are what it listens on, where another server did before.
	// Default: free ports of 127.0.0.1.
	Addr, Private string
}

// Server is a running server.
type Server struct {
	Addr, Private string // addresses listened on
	Log           string // file
	process       *os.Process
	command       Command
}

// Start runs a server, which gets its addresses as WEFT_ADDR and
// WEFT_PRIVATE_ADDR, and waits until it answers.
func Start(ctx context.Context, c Command) (*Server, error) {
	s := &Server{Addr: c.Addr, Private: c.Private, command: c}
	for _, addr := range []*string{&s.Addr, &s.Private} {
		if *addr != "" {
			continue
		}
		var err error
		if *addr, err = FreeAddr(ctx); err != nil {
			return nil, err
		}
	}
	log, err := os.CreateTemp(c.Dir, "log-")
	if err != nil {
		return nil, fmt.Errorf("make log: %w", err)
	}
	defer log.Close()
	s.Log = log.Name()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), c.Program, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = append(append(os.Environ(), "WEFT_ADDR="+s.Addr, "WEFT_PRIVATE_ADDR="+s.Private), c.Env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	s.process = cmd.Process
	err = Poll(ctx, 20*time.Second, func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr+c.Ready, nil)
		if err != nil {
			return err
		}
		r, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", c.Ready, r.Status)
		}
		return nil
	})
	if err != nil {
		text, _ := os.ReadFile(s.Log) // for the message alone
		return nil, errors.Join(fmt.Errorf("start %s: %w\n%s", c.Name, err, text), s.Stop())
	}
	return s, nil
}

// Stop asks the server to end, waits for it, and tells how it ended if that
// was neither with success nor of the signal, which some programs leave alone.
func (s *Server) Stop() error {
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		return nil //nolint:nilerr // it has ended already
	}
	state, err := s.process.Wait()
	if err != nil {
		return fmt.Errorf("wait for server: %w", err)
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGTERM {
		return nil
	}
	if !state.Success() {
		return fmt.Errorf("the server ended with %s", state)
	}
	return nil
}

// Kill ends the server at once, as a machine that fails does, and waits for it.
func (s *Server) Kill() error {
	if err := s.process.Kill(); err != nil {
		return fmt.Errorf("kill server: %w", err)
	}
	if _, err := s.process.Wait(); err != nil {
		return fmt.Errorf("wait for server: %w", err)
	}
	return nil
}

// Restart starts a server that has ended once more, at its addresses.
func (s *Server) Restart(ctx context.Context) error {
	c := s.command
	c.Addr, c.Private = s.Addr, s.Private
	again, err := Start(ctx, c)
	if err != nil {
		return err
	}
	*s = *again
	return nil
}

// FreeAddr returns an address of 127.0.0.1 with a port that is free.
func FreeAddr(ctx context.Context) (string, error) {
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

// CPU is the processor time that the server has used.
func (s *Server) CPU() (time.Duration, error) {
	t, err := readTimes(s.process.Pid)
	return t.own, err
}

// CPU is the processor time that the postmaster and all of its backends have used, those that
// ended among them.
func (p *Postgres) CPU() (time.Duration, error) {
	postmaster, err := readTimes(p.Process.Pid)
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
		if t, err := readTimes(pid); err == nil && t.parent == p.Process.Pid { // others may end meanwhile
			sum += t.own
		}
	}
	return sum, nil
}

// ResetPeak starts a new measurement of Peak, and returns the bytes of memory
// that are resident now.
func (s *Server) ResetPeak() (int64, error) {
	const resetPeak = "5" // proc(5), clear_refs
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.process.Pid), []byte(resetPeak), 0); err != nil {
		return 0, fmt.Errorf("reset peak of memory: %w", err)
	}
	return s.memory("VmRSS:")
}

// Peak is how many bytes of memory were resident at most since ResetPeak.
func (s *Server) Peak() (int64, error) { return s.memory("VmHWM:") }

// memory reads one line of /proc/PID/status.
func (s *Server) memory(name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == name {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("read memory: no line %s", name)
}
