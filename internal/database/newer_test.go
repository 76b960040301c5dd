package database_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// TestNewerDatabase meets a migration that this program does not know: nothing
// starts on it, unless the migration is declared compatible.
func TestNewerDatabase(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		exec := func(sql string) {
			t.Helper()
			if _, err := db.DB().ExecContext(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		const later = 99990101000000
		exec(fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (%d, %s, '2026-01-01')", later, trueIn(db)))
		refused := func() {
			t.Helper()
			_, migrating := db.Migrate(t.Context())
			_, pending := db.Pending(t.Context())
			for _, err := range []error{db.Ready(t.Context()), migrating, pending} {
				if newer, ok := errors.AsType[*database.NewerError](err); !ok || len(newer.Versions) != 1 || newer.Versions[0] != later {
					t.Errorf("got %v", err)
				}
			}
		}
		refused()
		exec("CREATE TABLE IF NOT EXISTS schema_compatible (version BIGINT PRIMARY KEY, since BIGINT NOT NULL)")
		refused()
		exec(fmt.Sprintf("INSERT INTO schema_compatible (version, since) VALUES (%d, %d)", later, later-1))
		refused() // with a later program than this only
		exec("UPDATE schema_compatible SET since = 20261123034707")
		if err := db.Ready(t.Context()); err != nil {
			t.Errorf("a compatible database is refused: %v", err)
		}
		if _, err := db.Pending(t.Context()); err != nil {
			t.Errorf("a compatible database is refused: %v", err)
		}
	})
}

func trueIn(db *database.Database) string {
	if db.Dialect() == "postgres" {
		return "TRUE"
	}
	return "1"
}
