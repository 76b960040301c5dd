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

// tempDir makes a directory that the account may reach and that is short
// enough for a socket's path (103 bytes on macOS). One in memory makes a
// database from a template several times faster than one on disk.
func tempDir(a testbed.Account) (string, error) {
	parent := os.TempDir()
	switch {
	case os.Getenv("TMPDIR") == "" && roomy("/dev/shm"):
		parent = "/dev/shm"
	case a != (testbed.Account{}), len(parent) > 60:
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "weft-pg-")
	if err != nil {
		return "", fmt.Errorf("make cluster directory: %w", err)
	}
	return dir, a.Own(dir)
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

// Pause freezes the server: connections stay open, new ones are accepted by
// the kernel, and nothing answers until Resume.
func (n *Node) Pause(t testing.TB) {
	t.Helper()
	// The parent first, so that no child is born in between.
	pids := []int{n.server.Process.Pid}
	if err := syscall.Kill(n.server.Process.Pid, syscall.SIGSTOP); err != nil {
		t.Fatalf("pause postgres: %v", err)
	}
	children, err := childrenOf(n.server.Process.Pid)
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
	case <-n.server.Exited:
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
