//go:build unix

package loaders_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	v7 "github.com/graph-gophers/dataloader/v7"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/example/loaders"
	"github.com/weftql/weft/executor/example/loaders/atlas"
	"github.com/weftql/weft/executor/example/loaders/generated"
)

const query = `{ shops { name city { name country { name currency { code } } } } }`

// server runs operations without a transport.
type server struct {
	*executor.Executor
	loaders func(query func(table string, keys int)) *loaders.Loaders
	batches atomic.Int64
	log     func(table string, keys int)
}

func newServer(schema graphql.ExecutableSchema, l func(func(string, int)) *loaders.Loaders) *server {
	s := &server{Executor: executor.New(schema), loaders: l}
	s.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
	return s
}

func (s *server) run(tb testing.TB) string {
	tb.Helper()
	ctx := loaders.NewContext(graphql.StartOperationTrace(context.Background()), s.loaders(func(table string, keys int) {
		s.batches.Add(1)
		if s.log != nil {
			s.log(table, keys)
		}
	}))
	oc, errs := s.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
	if errs != nil {
		tb.Fatal(errs)
	}
	next, ctx := s.DispatchOperation(ctx, oc)
	response := next(ctx)
	if len(response.Errors) > 0 {
		tb.Fatal(response.Errors)
	}
	return string(response.Data)
}

// clocked returns v7's own loaders.
func clocked(wait time.Duration) func(func(string, int)) *loaders.Loaders {
	return func(query func(string, int)) *loaders.Loaders {
		return &loaders.Loaders{
			Cities:     v7.NewBatchedLoader(loaders.Batch("cities", atlas.CityByID, query), v7.WithWait[int, *atlas.City](wait)),
			Countries:  v7.NewBatchedLoader(loaders.Batch("countries", atlas.CountryByID, query), v7.WithWait[int, *atlas.Country](wait)),
			Currencies: v7.NewBatchedLoader(loaders.Batch("currencies", atlas.CurrencyByID, query), v7.WithWait[int, *atlas.Currency](wait)),
		}
	}
}

// TestOneBatchALevel checks that the answer is the one of the usual server, with exactly one batch for each level.
func TestOneBatchALevel(t *testing.T) {
	want := newServer(generated.NewExecutableSchema(loaders.Config()), clocked(time.Millisecond)).run(t)
	s := newServer(loaders.NewSchema(), loaders.NewLoaders)
	for range 50 {
		var seen []string
		s.log = func(table string, keys int) { seen = append(seen, fmt.Sprint(table, keys)) }
		if got := s.run(t); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		if got := fmt.Sprint(seen); got != "[cities40 countries10 currencies4]" {
			t.Fatalf("batches %s", got)
		}
	}
}

// BenchmarkServers compares the usual gqlgen server, whose loaders wait, with the same server after its two lines are changed, for one
// client at a time.
func BenchmarkServers(b *testing.B) {
	usual := func() graphql.ExecutableSchema { return generated.NewExecutableSchema(loaders.Config()) }
	for _, bench := range []struct {
		name string
		make func() *server
	}{
		{"gqlgen/1ms", func() *server { return newServer(usual(), clocked(time.Millisecond)) }},
		{"gqlgen/2ms", func() *server { return newServer(usual(), clocked(2*time.Millisecond)) }},
		{"gqlgen/16ms", func() *server { return newServer(usual(), clocked(16*time.Millisecond)) }},
		{"breadthfirst/1ms", func() *server { return newServer(loaders.NewSchema(), clocked(time.Millisecond)) }},
		{"breadthfirst/clockless", func() *server { return newServer(loaders.NewSchema(), loaders.NewLoaders) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := bench.make()
			s.run(b)
			s.batches.Store(0)
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				s.run(b)
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(s.batches.Load())/float64(b.N), "batches/op")
		})
	}
}

// cpu is the processor time that the process has used.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
