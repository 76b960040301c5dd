//go:build linux

package testbed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// settings are those of a small production server. Commits wait for the disk.
const settings = `
shared_buffers = 512MB
effective_cache_size = 2GB
work_mem = 16MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 30min
random_page_cost = 1.1
listen_addresses = ''
wal_level = logical
timezone = UTC
`

// StartPostgres makes and starts a server in dir, which must not exist. It ends
// with the thread that started it. more are further settings, a line each.
func StartPostgres(ctx context.Context, dir string, more ...string) (*Postgres, error) {
	h, err := NewHost()
	if err != nil {
		return nil, err
	}
	h.prepare = func(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGINT }
	if h.Account != (Account{}) {
		// The directory above is this user's alone.
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
			return nil, fmt.Errorf("open cluster directory: %w", err)
		}
	}
	p := h.NewPostgres(dir)
	if err := p.Init(ctx, settings+strings.Join(more, "\n")+"\n"); err != nil {
		return nil, err
	}
	return p, p.Start(ctx)
}

// StartStandby makes and starts a standby in dir, which must not exist, that
// streams from p.
func (p *Postgres) StartStandby(ctx context.Context, dir string) (*Postgres, error) {
	s := p.NewPostgres(dir)
	if err := s.Copy(ctx, p, filepath.Base(dir)); err != nil {
		return nil, err
	}
	return s, s.Start(ctx)
}

// Stop ends all sessions and the server, and waits.
func (p *Postgres) Stop() {
	_ = p.End(context.Background(), syscall.SIGINT) // how it ended no longer matters
}
