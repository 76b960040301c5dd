package feed_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/position"
)

// BenchmarkWrite compares a write that says what it changed with one that does
// not, on each store.
func BenchmarkWrite(b *testing.B) {
	for _, store := range dbtest.Stores() {
		url := dbtest.NewURL(b, store)
		for _, told := range []bool{false, true} {
			name := store + "/silent"
			options := database.Options{URL: url, MaxConns: 4}
			if told {
				name, options.Message = store+"/announced", feed.Encode
			}
			db, err := database.Open(b.Context(), options)
			if err != nil {
				b.Fatal(err)
			}
			if told {
				feed.Announce(db)
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				var at position.Recorder
				ctx := position.NewContext(b.Context(), &at)
				for b.Loop() {
					err := db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
						return tx.Tag.Create().SetName(strings.ToLower(rand.Text())).Exec(ctx)
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
			if err := db.Close(); err != nil {
				b.Error(err)
			}
		}
	}
}
