//go:build unix

package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// Account is whom servers run as. The zero value is the caller.
type Account struct{ credential *syscall.Credential }

// Unprivileged returns the caller's own account. For root, whom PostgreSQL
// refuses, it is that of PostgreSQL's package, or nobody.
func Unprivileged() (Account, error) {
	if os.Geteuid() != 0 {
		return Account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return Account{}, fmt.Errorf("read account %s: %w", name, err)
		}
		return Account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return Account{}, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

// Own gives a directory to the account.
func (a Account) Own(dir string) error {
	if a == (Account{}) {
		return nil
	}
	if err := os.Chown(dir, int(a.credential.Uid), int(a.credential.Gid)); err != nil {
		return fmt.Errorf("hand directory to PostgreSQL's user: %w", err)
	}
	return nil
}

func (a Account) apply(cmd *exec.Cmd) {
	// A session of its own keeps an interrupt at the terminal from the server.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: a.credential}
}

// Guard starts a shell that outlives this program by a moment to run script on
// dir, $1. The script must first wait for the end of its input, which the
// kernel closes even when the program is killed. The function that Guard
// returns closes it earlier, and waits. It must stay reachable until then,
// because it holds the pipe open.
func Guard(dir, script string) (end func() error, err error) {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", script, "guard", dir)
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
