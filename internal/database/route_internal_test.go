package database

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weftql/weft/internal/position"
	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/statement"
)

// BenchmarkRoute is what a read pays for replicas: the choice, the look at its
// text, the count of what is under way, beside a read without replicas.
func BenchmarkRoute(b *testing.B) {
	at := position.Position{Timeline: 1, LSN: 10}
	group := replica.New(replica.Options{
		MaxLag: time.Hour,
		Ask: func(_ context.Context, m *replica.Member) (replica.Sample, error) {
			return replica.Sample{Standby: m.Name != "a", Position: at, System: "1"}, nil
		},
	})
	pool := &pgxpool.Pool{} // nobody reads from it
	for _, name := range []string{"a", "b", "c"} {
		group.Add(name, &server{pool: pool})
	}
	group.Look(b.Context())
	group.Look(b.Context())
	const text = `SELECT "id", "title", "body", "author_id", "created_at" FROM "posts" WHERE "id" = ANY($1) AND "status" = 'PUBLISHED'`
	for _, c := range []struct {
		name string
		d    *Database
		want func(*replica.Reading)
	}{
		{"unrouted", &Database{pool: pool}, (*replica.Reading).Anywhere},
		{"stranger", &Database{pool: pool, group: group}, (*replica.Reading).Anywhere},
		{"token", &Database{pool: pool, group: group}, func(r *replica.Reading) { r.From(at) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var r replica.Reading
			ctx := replica.NewContext(b.Context(), &r)
			for b.Loop() {
				r = replica.Reading{} // of the next operation
				c.want(&r)
				call := c.d.call(ctx, statement.Statement{SQL: text})
				if _, err := call.route(ctx); err != nil || (call.member == nil) != (c.d.group == nil) {
					b.Fatal("it went elsewhere", err)
				}
				call.end(nil)
			}
		})
	}
}
