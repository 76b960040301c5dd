//go:build linux

package testbed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
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

// Postgres is a throw-away server that listens on a socket in its directory.
type Postgres struct {
	URL     string
	Version string

	bin, dir string
	as       *syscall.Credential
	process  *os.Process
}

// StartPostgres makes and starts a server in dir, which must not exist.
func StartPostgres(ctx context.Context, dir string) (*Postgres, error) {
	p := &Postgres{dir: dir}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	out, err := p.command(ctx, "initdb", "--pgdata", p.data(), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
		"--locale", "C.UTF-8", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf, err := os.OpenFile(filepath.Join(p.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("configure PostgreSQL: %w", err)
	}
	_, err = conf.WriteString(settings)
	if err := errors.Join(err, conf.Close()); err != nil {
		return nil, fmt.Errorf("configure PostgreSQL: %w", err)
	}
	return p, p.start(ctx)
}

// StartStandby makes and starts a standby in dir, which must not exist, that
// streams from p.
func (p *Postgres) StartStandby(ctx context.Context, dir string) (*Postgres, error) {
	s := &Postgres{dir: dir}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	out, err := s.command(ctx, "pg_basebackup", "--pgdata", s.data(), "--dbname", p.URL, "--checkpoint", "fast",
		"--create-slot", "--slot", filepath.Base(dir), "--write-recovery-conf", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	return s, s.start(ctx)
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// prepare makes the directory.
func (p *Postgres) prepare() (err error) {
	if p.bin, err = Programs(); err != nil {
		return err
	}
	if p.as, err = Account(); err != nil {
		return err
	}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		return fmt.Errorf("make cluster directory: %w", err)
	}
	if p.as == nil {
		return nil
	}
	if err := os.Chown(p.dir, int(p.as.Uid), int(p.as.Gid)); err != nil {
		return fmt.Errorf("hand over cluster directory: %w", err)
	}
	// The directory above is this user's alone.
	if err := os.Chmod(filepath.Dir(p.dir), 0o755); err != nil {
		return fmt.Errorf("open cluster directory: %w", err)
	}
	return nil
}

func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as, Setsid: true, Pdeathsig: syscall.SIGINT}
	return cmd
}

// start starts the server and waits until it answers.
func (p *Postgres) start(ctx context.Context) error {
	// Not tied to the context: it ends after the servers.
	cmd := p.command(context.WithoutCancel(ctx), "postgres", "-D", p.data(), "-k", p.dir)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {p.dir}}.Encode()}
	p.URL, p.process = address.String(), cmd.Process
	err := Poll(ctx, 30*time.Second, func() error {
		conn, err := pgx.Connect(ctx, p.URL)
		if err != nil {
			return err
		}
		p.Version = conn.PgConn().ParameterStatus("server_version")
		return conn.Close(ctx)
	})
	if err != nil {
		p.Stop()
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	return nil
}

// Stop ends all sessions and the server, and waits.
func (p *Postgres) Stop() {
	if p.process.Signal(syscall.SIGINT) == nil {
		_, _ = p.process.Wait() // it says how it ended, which no longer matters
	}
}
