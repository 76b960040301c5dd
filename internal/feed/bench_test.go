package feed_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/position"
)

// BenchmarkWrite compares a write that announces what it changed with one that
// does not, on each store. cpu-µs/op is the processor time of this process and,
// with PostgreSQL, of the session that writes.
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
				before := processorTime(b, db)
				for b.Loop() {
					err := db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
						return tx.Tag.Create().SetName(strings.ToLower(rand.Text())).Exec(ctx)
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				if after := processorTime(b, db); before > 0 {
					b.ReportMetric(float64((after-before).Microseconds())/float64(b.N), "cpu-µs/op")
				}
			})
			if err := db.Close(); err != nil {
				b.Error(err)
			}
		}
	}
}

// processorTime is the processor time of this process and of PostgreSQL's
// session, of which a single writer has one. It is 0 if the system does not
// report it.
func processorTime(b *testing.B, db *database.Database) time.Duration {
	b.Helper()
	const tick = 10 * time.Millisecond
	pids := []string{"self"}
	if db.Pool() != nil {
		var pid int
		if err := db.Pool().QueryRow(b.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			b.Fatal(err)
		}
		pids = append(pids, strconv.Itoa(pid))
	}
	var sum time.Duration
	for _, pid := range pids {
		text, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			return 0
		}
		// The second field is a name in parentheses, which may contain
		// anything.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		for _, field := range fields[11:13] { // user and system
			n, err := strconv.Atoi(field)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(n) * tick
		}
	}
	return sum
}
