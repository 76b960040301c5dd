package dbtest

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func mustExec(t *testing.T, url, sql string) {
	t.Helper()
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, url, sql string) int {
	t.Helper()
	var n int
	if err := connect(t, url).QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNewDatabase(t *testing.T) {
	t.Parallel()
	c := Postgres(t)
	a, b := c.NewDatabase(t), c.NewDatabase(t)
	mustExec(t, a, "CREATE TABLE note (id int)")
	if n := count(t, b, "SELECT count(*) FROM pg_tables WHERE tablename = 'note'"); n != 0 {
		t.Error("a table made in one database shows in another")
	}
	var lower string
	if err := connect(t, a).QueryRow(t.Context(), "SELECT lower('ÅSA')").Scan(&lower); err != nil || lower != "åsa" {
		t.Errorf("lower('ÅSA') = %q, %v", lower, err)
	}
}

func TestDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("owner", func(t *testing.T) {
		url = Postgres(t).NewDatabase(t)
		connect(t, url) // left open until after the drop
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the database is still there after its test")
	}
}

func TestClone(t *testing.T) {
	t.Parallel()
	c := Postgres(t)
	fills := 0
	fill := func(url string) error {
		fills++
		mustExec(t, url, "CREATE TABLE note (id int); INSERT INTO note SELECT generate_series(1, 3)")
		return nil
	}
	a, b := c.Clone(t, "notes", fill), c.Clone(t, "notes", fill)
	mustExec(t, a, "DELETE FROM note WHERE id = 1")
	if got := count(t, a, "SELECT count(*) FROM note"); got != 2 {
		t.Errorf("first clone has %d rows after the delete, want 2", got)
	}
	if got := count(t, b, "SELECT count(*) FROM note"); got != 3 {
		t.Errorf("second clone has %d rows, want 3", got)
	}
	if fills > 1 { // -count=2 finds it filled
		t.Errorf("template was filled %d times, want at most once", fills)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	c := Private(t)
	url := c.NewDatabase(t)
	mustExec(t, url, "CREATE TABLE note (id int)")

	t.Run("Stop", func(t *testing.T) {
		c.Stop(t)
		if _, err := pgx.Connect(t.Context(), url); err == nil {
			t.Error("a stopped server answers")
		}
		c.Start(t)
		count(t, url, "SELECT count(*) FROM note")
	})
	t.Run("Kill", func(t *testing.T) {
		c.Kill(t)
		c.Start(t)
		count(t, url, "SELECT count(*) FROM note")
	})
	t.Run("Pause", func(t *testing.T) {
		conn := connect(t, url)
		c.Pause(t)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := conn.Exec(ctx, "SELECT 1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("paused server: %v, want a timeout", err)
		}
		c.Resume(t)
		count(t, url, "SELECT count(*) FROM note")
	})
}

func TestStandbys(t *testing.T) {
	t.Parallel()
	c := Private(t)
	standbys := c.Standbys(t, 2)
	url := c.NewDatabase(t)
	mustExec(t, url, "CREATE TABLE note (id int)")
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range standbys {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		err := testbed.Poll(ctx, patience, func() error {
			conn, err := pgx.Connect(ctx, s.URL(cfg.Database))
			if err != nil {
				return err
			}
			defer conn.Close(ctx)
			_, err = conn.Exec(ctx, "SELECT FROM note")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = connect(t, s.URL(cfg.Database)).Exec(t.Context(), "INSERT INTO note VALUES (1)")
		if err == nil {
			t.Error("a standby took a write")
		}
	}
}

// TestKilled kills a test binary that has started a cluster and expects the
// cluster to be gone soon after.
func TestKilled(t *testing.T) {
	t.Parallel()
	if os.Getenv("DBTEST_CHILD") != "" {
		c := Private(t)
		os.Stdout.WriteString(c.dir + "\n" + c.server.URL + "\n")
		select {} // until it is killed
	}
	if _, err := testbed.Programs(); err != nil {
		t.Skip(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), "DBTEST_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	dir := lines.Text()
	lines.Scan()
	url := lines.Text()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = testbed.Poll(ctx, patience, func() error {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			return errors.New("directory of the cluster is still there")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := conn.Exec(ctx, "SELECT 1"); err == nil {
		t.Error("the server still answers")
	}
}

func BenchmarkClone(b *testing.B) {
	c := Postgres(b)
	for b.Loop() {
		c.Clone(b, "empty", func(string) error { return nil })
	}
}
