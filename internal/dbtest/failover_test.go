package dbtest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

func eventually(t *testing.T, try func() error) {
	t.Helper()
	if err := testbed.Poll(t.Context(), patience, try); err != nil {
		t.Fatal(err)
	}
}

func rows(t *testing.T, node *Node, database string, want int) func() error {
	return func() error {
		conn, err := pgx.Connect(t.Context(), node.URL(database))
		if err != nil {
			return err
		}
		defer conn.Close(context.Background())
		var n int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM note").Scan(&n); err != nil {
			return err
		}
		if n != want {
			return errors.New("not replayed yet")
		}
		return nil
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	c := Private(t)
	standbys := c.Standbys(t, 2)
	url := c.NewDatabase(t)
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	name := config.Database
	c.Synchronous(t, standbys...)
	mustExec(t, url, "CREATE TABLE note (id int); INSERT INTO note VALUES (1)")
	eventually(t, rows(t, standbys[0], name, 1))

	standbys[0].PauseReplay(t)
	mustExec(t, url, "INSERT INTO note VALUES (2)")
	eventually(t, rows(t, standbys[1], name, 2))
	if n := count(t, standbys[0].URL(name), "SELECT count(*) FROM note"); n != 1 {
		t.Errorf("a standby whose replay pauses shows %d rows, want 1", n)
	}
	standbys[0].ResumeReplay(t)
	eventually(t, rows(t, standbys[0], name, 2))

	old := c.Node
	old.Crash(t)
	standbys[0].Promote(t)
	standbys[1].Follow(t, standbys[0])
	mustExec(t, standbys[0].URL(name), "INSERT INTO note VALUES (3)")
	eventually(t, rows(t, standbys[1], name, 3))
	old.Rejoin(t, standbys[0])
	eventually(t, rows(t, old, name, 3))
	if _, err := connect(t, old.URL(name)).Exec(t.Context(), "INSERT INTO note VALUES (4)"); err == nil {
		t.Error("the old primary takes writes after it has rejoined")
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	c := Postgres(t)
	url := c.NewDatabase(t)
	mustExec(t, url, "CREATE TABLE note (id int)")
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	p := NewProxy(t, c.Node)
	through := p.URL(config.Database)
	mustExec(t, through, "INSERT INTO note VALUES (1)")

	conn := connect(t, through)
	p.Cut()
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a cut connection answers")
	}
	if _, err := pgx.Connect(t.Context(), through); err == nil {
		t.Error("a cut proxy takes connections")
	}
	p.Mend()

	conn = connect(t, through)
	p.CutWhen(func(sent []byte) bool { return bytes.Contains(sent, []byte("VALUES (2)")) })
	if _, err := conn.Exec(t.Context(), "INSERT INTO note VALUES (2)"); err == nil {
		t.Error("a statement is answered whose answer was to be cut off")
	}
	eventually(t, rows(t, c.Node, config.Database, 2))
}
