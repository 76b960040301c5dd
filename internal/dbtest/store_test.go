package dbtest_test

import (
	"testing"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

func TestEachStoreIsMigratedAndEmpty(t *testing.T) {
	for range 2 { // the second finds nothing of the first
		dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
			if pending, err := db.Pending(t.Context()); err != nil || len(pending) != 0 {
				t.Errorf("pending %v, %v; want none", pending, err)
			}
			if n, err := db.Client().User.Query().Count(t.Context()); err != nil || n != 0 {
				t.Errorf("%d users, %v; want 0", n, err)
			}
			if err := db.Client().User.Create().SetUsername("ada").SetUsernameKey("ada").Exec(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
