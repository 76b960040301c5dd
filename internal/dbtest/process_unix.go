//go:build unix

package dbtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/weftql/weft/internal/testbed"
)

// account is whom the servers run as. The zero value is the user of the test.
type account struct{ credential *syscall.Credential }

// unprivileged returns the user's own account, or for root another one.
func unprivileged() (account, error) {
	credential, err := testbed.Account()
	return account{credential}, err
}

func (a account) apply(cmd *exec.Cmd) {
	// A session of its own keeps an interrupt at the terminal from the server.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: a.credential}
}

// tempDir makes a directory that the account may reach and that is short
// enough for a socket's path (103 bytes on macOS). One in memory makes a
// database from a template several times faster than one on disk.
func (a account) tempDir() (string, error) {
	parent := os.TempDir()
	switch {
	case os.Getenv("TMPDIR") == "" && roomy("/dev/shm"):
		parent = "/dev/shm"
	case a != (account{}), len(parent) > 60:
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "weft-pg-")
	if err != nil {
		return "", fmt.Errorf("make cluster directory: %w", err)
	}
	return dir, a.own(dir)
}

func (a account) mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make server directory: %w", err)
	}
	return a.own(dir)
}

func (a account) own(dir string) error {
	if a == (account{}) {
		return nil
	}
	if err := os.Chown(dir, int(a.credential.Uid), int(a.credential.Gid)); err != nil {
		return fmt.Errorf("hand directory to PostgreSQL's user: %w", err)
	}
	return nil
}

// guardScript waits until its input ends, which is when the test binary has
// ended in whatever way, and then removes the servers under $1.
const guardScript = `
read -r _
for f in "$1"/*/data/postmaster.pid "$1"/*/pgbouncer.pid; do
	if read -r pid <"$f"; then kill -QUIT "$pid"; kill -CONT "$pid"; fi
done
tries=0
until rm -rf "$1"; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || exit 1
	sleep 0.1
done
`

// guard starts a process that outlives the test binary by a moment to remove
// the cluster in dir. The kernel closes its input even when the binary is
// killed. The function it returns does so earlier, and waits; it must stay
// reachable until then, for it holds the pipe open.
func guard(dir string) (func() error, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "guard", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start guard: %w", err)
	}
	return func() error {
		if err := errors.Join(pipe.Close(), cmd.Wait()); err != nil {
			return fmt.Errorf("remove cluster: %w", err)
		}
		return nil
	}, nil
}

// Pause freezes the server: connections stay open, new ones are accepted by
// the kernel, and nothing answers until Resume.
func (n *Node) Pause(t testing.TB) {
	t.Helper()
	// The parent first, so that no child is born in between.
	pids := []int{n.process.Pid}
	if err := syscall.Kill(n.process.Pid, syscall.SIGSTOP); err != nil {
		t.Fatalf("pause postgres: %v", err)
	}
	children, err := childrenOf(n.process.Pid)
	if err != nil {
		t.Fatalf("pause postgres: %v", err)
	}
	pids = append(pids, children...)
	n.paused = pids
	for _, pid := range children {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("pause postgres: %v", err)
		}
	}
}

// Resume ends a pause.
func (n *Node) Resume(t testing.TB) {
	t.Helper()
	if err := n.resume(); err != nil {
		t.Fatal(err)
	}
}

func (n *Node) resume() error {
	for _, pid := range n.paused {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("resume postgres: %w", err)
		}
	}
	n.paused = nil
	return nil
}

// Crash kills all processes of the server at once, as kill -9 and a loss of
// power do.
func (n *Node) Crash(t testing.TB) {
	t.Helper()
	n.Pause(t) // so that no process is born meanwhile
	for _, pid := range n.paused {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("kill postgres: %v", err)
		}
	}
	n.paused = nil
	select {
	case <-n.exited:
	case <-t.Context().Done():
		t.Fatal("postgres is still running after kill -9")
	}
}

func childrenOf(pid int) ([]int, error) {
	id := strconv.Itoa(pid)
	out, err := os.ReadFile(filepath.Join("/proc", id, "task", id, "children"))
	if errors.Is(err, os.ErrNotExist) {
		out, err = exec.Command("pgrep", "-P", id).Output()
	}
	if err != nil {
		return nil, fmt.Errorf("list children of %d: %w", pid, err)
	}
	var pids []int
	for field := range strings.FieldsSeq(string(out)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("list children of %d: %w", pid, err)
		}
		pids = append(pids, child)
	}
	return pids, nil
}
