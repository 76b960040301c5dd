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

// Superuser is a role of every server, and a database.
const Superuser = "postgres"

// patience is how long a server may take to start.
const patience = time.Minute

// Host is what servers need of this machine.
type Host struct {
	Account Account
	Bin     string          // directory of PostgreSQL's programs
	prepare func(*exec.Cmd) // changes each program before it starts; may be nil
}

// NewHost finds PostgreSQL's programs, and an account to run them.
func NewHost() (*Host, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	account, err := Unprivileged()
	return &Host{Account: account, Bin: bin}, err
}

// NewPostgres describes a server in dir. Nothing is done yet.
func (h *Host) NewPostgres(dir string) *Postgres {
	return &Postgres{Host: h, Dir: dir, URL: Socket(dir, Superuser, Superuser).String()}
}

// Postgres is a throw-away server. It listens on a socket in a directory that
// only its account may enter, so it needs no password and no port.
type Postgres struct {
	*Host
	Dir     string // holds data, log and socket
	URL     string // of the superuser
	Version string // since the first start

	Process *os.Process
	Exited  chan struct{} // closed when the process is gone; nil before the first start
}

// Address is that of a database for a role.
func (p *Postgres) Address(role, database string) *url.URL { return Socket(p.Dir, role, database) }

// Socket is the address of a server whose socket is in dir.
func Socket(dir, role, database string) *url.URL {
	return &url.URL{
		Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {dir}, "port": {"5432"}}.Encode(), // PGPORT is for other servers
	}
}

// Log is the file with what the server says.
func (p *Postgres) Log() string { return filepath.Join(p.Dir, "log") }

func (p *Postgres) data() string { return filepath.Join(p.Dir, "data") }

// Init makes the directory, which must not exist, and the data of a primary.
func (p *Postgres) Init(ctx context.Context, settings string) error {
	if err := p.Account.Mkdir(p.Dir); err != nil {
		return err
	}
	// Text is ordered by code point, as SQLite does, while upper and lower
	// case work beyond ASCII; systems name the second half differently.
	var faults []error
	for _, ctype := range []string{"C.UTF-8", "en_US.UTF-8"} {
		err := p.run(ctx, "initdb", "--pgdata", p.data(), "--username", Superuser, "--auth", "trust", "--encoding", "UTF8",
			"--locale", "C", "--lc-ctype", ctype, "--no-sync", "--no-instructions")
		if err == nil {
			return p.configure(settings)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// Copy makes the directory, which must not exist, and the data of a standby
// that follows primary through a new replication slot. There it has the name of
// its directory.
func (p *Postgres) Copy(ctx context.Context, primary *Postgres, slot string) error {
	if err := p.Account.Mkdir(p.Dir); err != nil {
		return err
	}
	err := p.run(ctx, "pg_basebackup", "--pgdata", p.data(), "--dbname", primary.URL, "--checkpoint", "fast",
		"--create-slot", "--slot", slot, "--write-recovery-conf", "--no-sync")
	if err != nil {
		return err
	}
	return p.configure("cluster_name = '" + filepath.Base(p.Dir) + "'\n")
}

func (p *Postgres) configure(text string) error {
	f, err := os.OpenFile(filepath.Join(p.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("configure PostgreSQL: %w", err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (p *Postgres) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := p.Account.Command(ctx, p.Dir, filepath.Join(p.Bin, program), args...)
	if p.prepare != nil {
		p.prepare(cmd)
	}
	return cmd
}

func (p *Postgres) run(ctx context.Context, program string, args ...string) error {
	if out, err := p.command(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("run %s: %w\n%s", program, err, out)
	}
	return nil
}

// Start starts the server, also a stopped one, and waits until it answers. It
// does not end with ctx.
func (p *Postgres) Start(ctx context.Context) error {
	log, err := os.OpenFile(p.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open server log: %w", err)
	}
	defer log.Close()
	cmd := p.command(context.WithoutCancel(ctx), "postgres", "-D", p.data(), "-k", p.Dir)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	waiting, ended := context.WithCancelCause(waiting)
	exited := make(chan struct{})
	p.Process, p.Exited = cmd.Process, exited
	go func() {
		defer close(exited)
		if err := cmd.Wait(); err != nil {
			// It did not end in order, so it left its pid, which no guard must
			// signal: it may be another process's by then.
			_ = os.Remove(filepath.Join(p.data(), "postmaster.pid"))
		}
		ended(errors.New("it ended at once"))
	}()
	err = Poll(waiting, patience, func() error {
		conn, err := pgx.Connect(waiting, p.URL)
		if err != nil {
			return err
		}
		p.Version = conn.PgConn().ParameterStatus("server_version")
		return conn.Close(waiting)
	})
	if err != nil {
		text, _ := os.ReadFile(p.Log()) // for the message alone
		return errors.Join(fmt.Errorf("start PostgreSQL: %w\n%s", err, text), p.End(context.WithoutCancel(ctx), syscall.SIGQUIT))
	}
	return nil
}

// End ends all sessions and the server, in order by SIGINT, at once by SIGQUIT,
// and waits. It may be called twice, and before the first start.
func (p *Postgres) End(ctx context.Context, sig syscall.Signal) error {
	if p.Process == nil {
		return nil
	}
	if err := p.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-p.Exited:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop PostgreSQL: %w", ctx.Err())
	}
}

// Poll calls try until it succeeds, the time is over or ctx ends, and then
// returns its last error.
func Poll(ctx context.Context, limit time.Duration, try func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
