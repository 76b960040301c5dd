package consistency_test

import (
	"context"
	"testing"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/statement"
)

// query runs a statement to its end in an operation that may read anywhere, and
// returns the database that it ran on.
func (s *tier) query(ctx context.Context, t *testing.T, sql string) string {
	t.Helper()
	recorder := &statement.Recorder{Keep: true}
	var reading replica.Reading
	reading.Anywhere()
	ctx = replica.NewContext(statement.NewContext(ctx, recorder), &reading)
	rows, err := s.DB.Query(ctx, database.Read{Loader: "test", SQL: sql})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	return recorder.Statements()[0].Database
}

func TestStatementsThatStandbysDoNotGet(t *testing.T) {
	s := newTier(t)
	for _, sql := range []string{
		"SELECT id FROM posts FOR UPDATE",
		"SELECT id FROM posts\nFOR\tNO KEY UPDATE SKIP LOCKED",
		"select id from posts for share",
		"UPDATE posts SET title = title RETURNING id",
		"WITH changed AS (UPDATE posts SET title = title RETURNING id) SELECT id FROM changed",
		"/* a remark */ INSERT INTO tags (id, name, created_at) SELECT id, title, created_at FROM posts WHERE false RETURNING id",
		"SELECT pg_advisory_xact_lock(1)",
		"SHOW server_version",
		"VALUES (1)",
	} {
		if got := s.query(t.Context(), t, sql); got != "primary" {
			t.Errorf("%s ran on %s", sql, got)
		}
	}
	for _, sql := range []string{
		"SELECT id, updated_at FROM posts ORDER BY id", "WITH a AS (SELECT id FROM posts) SELECT id FROM a",
	} {
		if got := s.query(t.Context(), t, sql); got == "primary" {
			t.Errorf("%s ran on the primary", sql)
		}
	}
	err := s.DB.WithTx(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
		if got := s.query(ctx, t, "SELECT id FROM posts"); got != "primary" {
			t.Errorf("in a transaction it ran on %s", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRowsStayProvisional has another statement of the operation move it to the
// primary while rows of a standby are read.
func TestRowsStayProvisional(t *testing.T) {
	s := newTier(t)
	var reading replica.Reading
	reading.Anywhere()
	ctx := replica.NewContext(t.Context(), &reading)
	read := database.Read{Loader: "test", SQL: "SELECT id FROM posts"}
	rows, err := s.DB.Query(ctx, read)
	if err != nil {
		t.Fatal(err)
	}
	reading.Move("another statement failed")
	if !rows.Provisional() {
		t.Error("rows of a standby are taken for good")
	}
	rows.Close()
	if rows, err = s.DB.Query(ctx, read); err != nil || rows.Provisional() {
		t.Errorf("after the move: %v, provisional %v", err, rows.Provisional())
	}
	rows.Close()
}
