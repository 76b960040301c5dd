//go:build linux

package testbed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
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
	process *os.Process
}

// account is whom PostgreSQL runs as: for root, whom it refuses, its package's
// user or nobody.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("read account %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

// programs returns the directory of PostgreSQL's programs, found as the tests
// find it.
func programs() (string, error) {
	dirs := []string{os.Getenv("WEFT_TEST_PG_BIN")}
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	packaged, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	slices.Reverse(packaged)
	dirs = append(dirs, packaged...)
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); dir != "" && err == nil {
			return dir, nil
		}
	}
	return "", errors.New("PostgreSQL's programs were not found: install the package postgresql or set WEFT_TEST_PG_BIN")
}

// StartPostgres makes and starts a server in dir, which must not exist.
func StartPostgres(ctx context.Context, dir string) (*Postgres, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := account()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make cluster directory: %w", err)
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return nil, fmt.Errorf("hand over cluster directory: %w", err)
		}
		// The directory above is this user's alone.
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
			return nil, fmt.Errorf("open cluster directory: %w", err)
		}
	}
	command := func(ctx context.Context, name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setsid: true, Pdeathsig: syscall.SIGINT}
		return cmd
	}
	data := filepath.Join(dir, "data")
	out, err := command(ctx, "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
		"--locale", "C.UTF-8", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("configure PostgreSQL: %w", err)
	}
	_, err = conf.WriteString(settings)
	if err := errors.Join(err, conf.Close()); err != nil {
		return nil, fmt.Errorf("configure PostgreSQL: %w", err)
	}
	// Not tied to the context: it ends after the servers.
	cmd := command(context.WithoutCancel(ctx), "postgres", "-D", data, "-k", dir)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	p := &Postgres{URL: address.String(), process: cmd.Process}
	err = poll(ctx, 30*time.Second, func() error {
		conn, err := pgx.Connect(ctx, p.URL)
		if err != nil {
			return err
		}
		p.Version = conn.PgConn().ParameterStatus("server_version")
		return conn.Close(ctx)
	})
	if err != nil {
		p.Stop()
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return p, nil
}

// Stop ends all sessions and the server, and waits.
func (p *Postgres) Stop() {
	if p.process.Signal(syscall.SIGINT) == nil {
		_, _ = p.process.Wait() // it says how it ended, which no longer matters
	}
}
