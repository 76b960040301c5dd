package database_test

import (
	"testing"

	"github.com/weftql/weft/internal/database"
)

func TestOpenedDatabaseAnswers(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := db.Client().User.Query().Count(t.Context()); err != nil || n != 0 {
			t.Fatalf("users: %d, %v; want 0 in a new database", n, err)
		}
	})
}
