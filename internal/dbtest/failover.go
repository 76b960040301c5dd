package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/internal/testbed"
)

// Promote makes a standby a primary and returns when it takes writes.
func (n *Node) Promote(t testing.TB) {
	t.Helper()
	n.mustExec(t, "SELECT pg_promote(true, 60)")
}

// Follow makes a standby stream from another primary, such as one that was
// promoted.
func (n *Node) Follow(t testing.TB, primary *Node) {
	t.Helper()
	n.Set(t, "primary_slot_name = ''", fmt.Sprintf("primary_conninfo = 'user=%s host=%s'", testbed.Superuser, primary.server.Dir))
}

// Rejoin makes a server that was a primary and has stopped a standby of the
// new one. What it had written alone is lost.
func (n *Node) Rejoin(t testing.TB, primary *Node) {
	t.Helper()
	if err := n.kill(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(n.server.Dir); err != nil {
		t.Fatal(err)
	}
	// A slot of this name may be left from a former life.
	slot := fmt.Sprintf("rejoined%d", serial.Add(1))
	if err := n.server.Copy(t.Context(), primary.server, slot); err != nil {
		t.Fatal(err)
	}
	n.Start(t)
}

// PauseReplay lets a standby receive the log but not show it.
func (n *Node) PauseReplay(t testing.TB) {
	t.Helper()
	n.mustExec(t, "SELECT pg_wal_replay_pause()")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := testbed.Poll(ctx, patience, func() error {
		var state string
		if err := n.queryRow(ctx, "SELECT pg_get_wal_replay_pause_state()", &state); err != nil {
			return err
		}
		if state != "paused" {
			return errors.New("replay is " + state)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ResumeReplay ends PauseReplay.
func (n *Node) ResumeReplay(t testing.TB) {
	t.Helper()
	n.mustExec(t, "SELECT pg_wal_replay_resume()")
}

// Synchronous makes each commit on the primary wait until any one of these
// standbys has written it; none makes commits wait for nobody.
func (n *Node) Synchronous(t testing.TB, standbys ...*Node) {
	t.Helper()
	setting := ""
	if len(standbys) > 0 {
		names := make([]string, len(standbys))
		for i, s := range standbys {
			names[i] = filepath.Base(s.server.Dir)
		}
		setting = "ANY 1 (" + strings.Join(names, ", ") + ")"
	}
	n.Set(t, "synchronous_standby_names = '"+setting+"'")
}

// Set changes settings, such as "wal_sender_timeout = 5s", from now on.
func (n *Node) Set(t testing.TB, settings ...string) {
	t.Helper()
	for _, setting := range settings {
		n.mustExec(t, "ALTER SYSTEM SET "+setting)
	}
	n.mustExec(t, "SELECT pg_reload_conf()")
}

// Exec runs one statement as the superuser.
func (n *Node) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	n.mustExec(t, sql, args...)
}

func (n *Node) mustExec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if err := execOn(n.server.URL, sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (n *Node) queryRow(ctx context.Context, sql string, dest ...any) error {
	conn, err := pgx.Connect(ctx, n.server.URL)
	if err != nil {
		return err
	}
	return errors.Join(conn.QueryRow(ctx, sql).Scan(dest...), conn.Close(ctx))
}

// execOn runs one statement on a connection of its own, so that it works again
// at once after the server was away.
func execOn(url, sql string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect as administrator: %w", err)
	}
	_, err = conn.Exec(ctx, sql, args...)
	return errors.Join(err, conn.Close(ctx))
}
