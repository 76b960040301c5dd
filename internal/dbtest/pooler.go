package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

// poolerSettings make PgBouncer share few connections of the server, so that a
// client meets the sessions of others.
const poolerSettings = `
[databases]
* = host=%[1]s
[pgbouncer]
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
auth_type = trust
auth_file = %[2]s/users
listen_addr =
listen_port = 5432
unix_socket_dir = %[2]s
pidfile = %[2]s/pgbouncer.pid
admin_users = %[3]s
`

// Pooler is PgBouncer in transaction mode in front of a server.
type Pooler struct{ dir string }

// NewPooler starts a pooler in front of node, which goes when t ends.
func NewPooler(t testing.TB, node *Node) *Pooler {
	t.Helper()
	if node == nil {
		t.Skip("needs a server of its own, WEFT_TEST_POSTGRES_URL does not do")
	}
	p := &Pooler{dir: filepath.Join(filepath.Dir(node.server.Dir), fmt.Sprintf("pooler%d", serial.Add(1)))}
	if err := p.start(t, node); err != nil {
		t.Fatal(err)
	}
	return p
}

// URL is the address of a database behind the pooler.
func (p *Pooler) URL(database string) string { return p.address(owner, database) }

func (p *Pooler) address(role, database string) string {
	return testbed.Socket(p.dir, role, database).String()
}

func (p *Pooler) start(t testing.TB, node *Node) error {
	program, err := poolerProgram()
	if err != nil {
		return err
	}
	if err := node.server.Account.Mkdir(p.dir); err != nil {
		return err
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(p.dir); err != nil {
			t.Errorf("remove pooler: %v", err)
		}
	})
	file := filepath.Join(p.dir, "pgbouncer.ini")
	users := fmt.Sprintf("%q \"\"\n%q \"\"\n", owner, testbed.Superuser)
	err = errors.Join(
		os.WriteFile(file, fmt.Appendf(nil, poolerSettings, node.server.Dir, p.dir, testbed.Superuser), 0o644),
		os.WriteFile(filepath.Join(p.dir, "users"), []byte(users), 0o644),
	)
	if err != nil {
		return fmt.Errorf("configure pooler: %w", err)
	}
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return fmt.Errorf("open pooler log: %w", err)
	}
	defer log.Close()
	cmd := node.server.Account.Command(context.Background(), p.dir, program, file)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start pooler: %w", err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("stop pooler: %v", err)
		}
		_ = cmd.Wait() // how it ended is of no interest
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = testbed.Poll(ctx, patience, func() error {
		conn, err := pgx.Connect(ctx, p.address(owner, testbed.Superuser)+"&default_query_exec_mode=simple_protocol")
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("start pooler: %w\n%s", err, text)
	}
	return nil
}

func poolerProgram() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("PgBouncer was not found: apt-get install pgbouncer, or the package of that name of your system")
}
