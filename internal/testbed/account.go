package testbed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Mkdir makes a directory for the account alone.
func (a Account) Mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make server directory: %w", err)
	}
	return a.Own(dir)
}

// Command is a program that runs in dir under the account, and without the
// variables that steer PostgreSQL's programs.
func (a Account) Command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir // that of the caller may be closed to the account
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") })
	a.apply(cmd)
	return cmd
}
