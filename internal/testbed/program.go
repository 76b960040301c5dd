//go:build linux

package testbed

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
)

// Main runs a program until it ends or is interrupted, and exits with status 1 if
// it fails.
func Main(name string, run func(ctx context.Context, args []string, stdout io.Writer) error) {
	// The children die with the thread that started them.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Seed makes the tables of a weft binary, and so many posts with what belongs to
// them; env says where.
func Seed(ctx context.Context, binary, dir string, env []string, posts int) error {
	for _, verb := range [][]string{{"migrate"}, {"seed", "-posts", strconv.Itoa(posts)}} {
		cmd := exec.CommandContext(ctx, binary, verb...)
		cmd.Env, cmd.Dir = append(os.Environ(), env...), dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("weft %s: %w\n%s", verb[0], err, out)
		}
	}
	return nil
}
