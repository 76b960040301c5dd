package dataloader_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v7 "github.com/graph-gophers/dataloader/v7"

	"github.com/weftql/weft/executor/dataloader"
	"github.com/weftql/weft/executor/internal/rounds"
)

// recorder is a batch function that records its keys.
type recorder struct {
	mu      sync.Mutex
	batches []string
	during  func(ctx context.Context, keys []int)
}

func (r *recorder) load(ctx context.Context, keys []int) []*v7.Result[int] {
	if r.during != nil {
		r.during(ctx, keys)
	}
	results := make([]*v7.Result[int], len(keys))
	for i, key := range keys {
		results[i] = &v7.Result[int]{Data: 10 * key}
	}
	sorted := slices.Sorted(slices.Values(keys))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches = append(r.batches, fmt.Sprint(sorted))
	return results
}

func (r *recorder) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.batches, " ")
}

// level runs resolvers concurrently, as a level of the executor does.
func level(ctx context.Context, s *rounds.Scheduler, resolvers ...func(ctx context.Context)) {
	s.Context = ctx
	s.Enter(len(resolvers))
	tasks := make([]rounds.Task, len(resolvers))
	var all sync.WaitGroup
	for i, resolve := range resolvers {
		tasks[i] = s.NewTask(nil)
		all.Go(func() {
			defer tasks[i].Return()
			resolve(context.WithValue(ctx, rounds.Key{}, &tasks[i]))
		})
	}
	all.Wait()
	s.End()
}

func want(t *testing.T, thunk v7.Thunk[int], value int) {
	t.Helper()
	if got, err := thunk(); err != nil || got != value {
		t.Errorf("got %d, %v, want %d", got, err, value)
	}
}

// TestPerfectScheduler has resolvers load from several loaders, at random and
// in steps that depend on each other. Each round has one batch for each loader,
// with the keys that are new, and nothing waits for a clock.
func TestPerfectScheduler(t *testing.T) {
	for seed := range uint64(1_000) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			const loaders = 3
			type load struct{ loader, key int }
			programs := make([][][]load, 1+random.IntN(8))
			for i := range programs {
				programs[i] = make([][]load, random.IntN(5))
				for step := range programs[i] {
					for range 1 + random.IntN(3) {
						programs[i][step] = append(programs[i][step], load{random.IntN(loaders), random.IntN(6)})
					}
				}
			}
			// This is what an all-knowing scheduler would do: in each round
			// every resolver is at the first step that needs something new.
			var perfect [loaders][]string
			known := map[load]bool{}
			at := make([]int, len(programs))
			for {
				var fresh [loaders]map[int]bool
				for i, p := range programs {
					for ; at[i] < len(p) && !slices.ContainsFunc(p[at[i]], func(l load) bool { return !known[l] }); at[i]++ {
					}
					if at[i] == len(p) {
						continue
					}
					for _, l := range p[at[i]] {
						if fresh[l.loader] == nil {
							fresh[l.loader] = map[int]bool{}
						}
						if !known[l] {
							fresh[l.loader][l.key] = true
						}
					}
				}
				rounds := 0
				for l, keys := range fresh {
					if len(keys) > 0 {
						rounds++
						perfect[l] = append(perfect[l], fmt.Sprint(slices.Sorted(maps.Keys(keys))))
						for key := range keys {
							known[load{l, key}] = true
						}
					}
				}
				if rounds == 0 {
					break
				}
			}
			var records [loaders]recorder
			var all [loaders]v7.Interface[int, int]
			for i := range all {
				all[i] = dataloader.New(records[i].load)
			}
			resolvers := make([]func(context.Context), len(programs))
			for i, program := range programs {
				resolvers[i] = func(ctx context.Context) {
					for _, step := range program {
						var thunks []v7.Thunk[int]
						for _, l := range step {
							thunks = append(thunks, all[l.loader].Load(ctx, l.key))
						}
						for j, l := range step {
							want(t, thunks[j], 10*l.key)
						}
					}
				}
			}
			// Batches take different times, which must not matter.
			var mu sync.Mutex
			for i := range records {
				pause := time.Duration(i+1) * time.Microsecond
				records[i].during = func(context.Context, []int) {
					mu.Lock()
					d := pause * time.Duration(1+random.IntN(3))
					mu.Unlock()
					time.Sleep(d) //nolint:forbidigo // the clock is that of synctest
				}
			}
			level(t.Context(), &rounds.Scheduler{}, resolvers...)
			for i := range records {
				if got := records[i].all(); got != strings.Join(perfect[i], " ") {
					t.Fatalf("seed %d, loader %d: batches %s, want %s", seed, i, got, strings.Join(perfect[i], " "))
				}
			}
		})
	}
}

// TestOdd tests unusual things that resolvers may do.
func TestOdd(t *testing.T) {
	for name, run := range map[string]func(t *testing.T, ctx context.Context, l v7.Interface[int, int], r *recorder, s *rounds.Scheduler){
		"a thunk that is called twice, and by others": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], _ *recorder, s *rounds.Scheduler) {
			level(ctx, s, func(ctx context.Context) {
				thunk := l.Load(ctx, 1)
				var all sync.WaitGroup
				for range 5 {
					all.Go(func() { want(t, thunk, 10) })
				}
				all.Wait()
				want(t, thunk, 10)
			})
		},
		"a thunk that nobody calls": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], r *recorder, s *rounds.Scheduler) {
			level(ctx, s, func(ctx context.Context) { l.Load(ctx, 1) })
			if r.all() != "[1]" {
				t.Errorf("batches %s", r.all())
			}
		},
		"a thunk that is kept": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], _ *recorder, s *rounds.Scheduler) {
			var kept v7.Thunk[int]
			level(ctx, s, func(ctx context.Context) { kept = l.Load(ctx, 1) })
			want(t, kept, 10)
		},
		"goroutines of its own": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], r *recorder, s *rounds.Scheduler) {
			level(ctx, s, func(ctx context.Context) {
				var all sync.WaitGroup
				for key := range 5 {
					all.Go(func() { want(t, l.Load(ctx, key), 10*key) })
				}
				all.Wait()
			}, func(ctx context.Context) { want(t, l.Load(ctx, 2), 20) })
			for _, key := range []string{"0", "1", "2", "3", "4"} {
				if strings.Count(r.all(), key) != 1 {
					t.Errorf("key %s was not loaded once: %s", key, r.all())
				}
			}
		},
		"loads in a batch function": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], r *recorder, s *rounds.Scheduler) {
			inner := &recorder{}
			other := dataloader.New(inner.load)
			r.during = func(ctx context.Context, keys []int) {
				for _, key := range keys {
					want(t, other.Load(ctx, key+100), 10*key+1000)
				}
			}
			level(ctx, s, func(ctx context.Context) { want(t, l.Load(ctx, 1), 10) }, func(ctx context.Context) { want(t, l.Load(ctx, 2), 20) })
			if r.all() != "[1 2]" || inner.all() != "[101] [102]" && inner.all() != "[102] [101]" {
				t.Errorf("batches %s, inner %s", r.all(), inner.all())
			}
		},
		"many": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], r *recorder, s *rounds.Scheduler) {
			level(ctx, s, func(ctx context.Context) {
				values, errs := l.LoadMany(ctx, []int{3, 1, 3})()
				if !slices.Equal(values, []int{30, 10, 30}) || errs != nil {
					t.Errorf("got %v, %v", values, errs)
				}
			})
			if r.all() != "[1 3]" {
				t.Errorf("batches %s", r.all())
			}
		},
		"primed and cleared": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], r *recorder, s *rounds.Scheduler) {
			l.Prime(ctx, 1, 7).Prime(ctx, 1, 8)
			level(ctx, s, func(ctx context.Context) {
				want(t, l.Load(ctx, 1), 7)
				want(t, l.Clear(ctx, 1).Load(ctx, 1), 10)
				want(t, l.ClearAll().Load(ctx, 1), 10)
			})
			if r.all() != "[1] [1]" {
				t.Errorf("batches %s", r.all())
			}
		},
		"a resolver that is busy": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], r *recorder, s *rounds.Scheduler) {
			start := time.Now()
			level(ctx, s, func(ctx context.Context) {
				want(t, l.Load(ctx, 1), 10)
				if waited := time.Since(start); waited > 100*time.Millisecond {
					t.Errorf("the others waited for %v", waited)
				}
			}, func(ctx context.Context) {
				time.Sleep(time.Second) //nolint:forbidigo // the clock is that of synctest
				want(t, l.Load(ctx, 2), 20)
			})
			if r.all() != "[1] [2]" {
				t.Errorf("batches %s", r.all())
			}
		},
		"one that waits for another": func(t *testing.T, ctx context.Context, l v7.Interface[int, int], _ *recorder, s *rounds.Scheduler) {
			ready := make(chan struct{})
			level(ctx, s, func(ctx context.Context) {
				want(t, l.Load(ctx, 1), 10)
				close(ready)
			}, func(ctx context.Context) {
				<-ready
				want(t, l.Load(ctx, 2), 20)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r recorder
				run(t, t.Context(), dataloader.New(r.load), &r, &rounds.Scheduler{})
			})
		})
	}
}

// TestPanic checks that the panic of a batch only reaches those who need its
// keys, and is not cached.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		r.during = func(_ context.Context, keys []int) {
			r.during = nil
			panic("oh")
		}
		l := dataloader.New(r.load)
		level(t.Context(), &rounds.Scheduler{}, func(ctx context.Context) {
			if _, err := l.Load(ctx, 1)(); err == nil || !strings.Contains(err.Error(), "panic received in batch function: oh") {
				t.Errorf("got %v", err)
			}
			want(t, l.Load(ctx, 1), 10)
		})
	})
}

// TestWrong returns too few results, and none for a key.
func TestWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few := dataloader.New(func(context.Context, []int) []*v7.Result[int] { return nil })
		none := dataloader.New(func(_ context.Context, keys []int) []*v7.Result[int] { return make([]*v7.Result[int], len(keys)) })
		failing := dataloader.New(func(_ context.Context, keys []int) []*v7.Result[int] {
			return []*v7.Result[int]{{Error: errors.New("no such thing")}, {Data: 2}}
		})
		level(t.Context(), &rounds.Scheduler{}, func(ctx context.Context) {
			for _, l := range []v7.Interface[int, int]{few, none} {
				if _, err := l.Load(ctx, 1)(); err == nil {
					t.Error("no error")
				}
			}
			values, errs := failing.LoadMany(ctx, []int{1, 2})()
			if len(errs) != 2 || errs[0] == nil || errs[1] != nil || values[1] != 2 {
				t.Errorf("got %v, %v", values, errs)
			}
		})
	})
}

// TestCapacity splits the keys of a round.
func TestCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		l := dataloader.NewWithOptions(r.load, dataloader.Options[int, int]{BatchCapacity: 2})
		level(t.Context(), &rounds.Scheduler{}, func(ctx context.Context) {
			if values, _ := l.LoadMany(ctx, []int{1, 2, 3, 4, 5})(); !slices.Equal(values, []int{10, 20, 30, 40, 50}) {
				t.Errorf("got %v", values)
			}
		})
		if len(strings.Split(r.all(), "] [")) != 3 {
			t.Errorf("batches %s", r.all())
		}
	})
}

// TestNoCache checks that a key is loaded once in a round even without a cache.
func TestNoCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		l := dataloader.NewWithOptions(r.load, dataloader.Options[int, int]{Cache: &v7.NoCache[int, int]{}})
		load := func(ctx context.Context) { want(t, l.Load(ctx, 1), 10) }
		level(t.Context(), &rounds.Scheduler{}, load, load)
		level(t.Context(), &rounds.Scheduler{}, load)
		if r.all() != "[1] [1]" {
			t.Errorf("batches %s", r.all())
		}
	})
}

// TestDirect checks that what a round needs is in one batch, whether one
// resolver runs or several.
func TestDirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		l := dataloader.NewWithOptions(r.load, dataloader.Options[int, int]{Direct: true})
		two := func(first int) func(context.Context) {
			return func(ctx context.Context) {
				one, other := l.Load(ctx, first), l.Load(ctx, first+1)
				if v, err := one(); v != 10*first || err != nil {
					t.Errorf("got %v, %v", v, err)
				}
				if v, err := other(); v != 10*(first+1) || err != nil {
					t.Errorf("got %v, %v", v, err)
				}
			}
		}
		level(t.Context(), &rounds.Scheduler{}, two(1))
		level(t.Context(), &rounds.Scheduler{}, two(3), two(5), two(7))
		if got := r.all(); !strings.HasPrefix(got, "[1 2] [") || strings.Count(got, "[") != 2 {
			t.Errorf("batches %s", got)
		}
	})
}

// TestClearDuringABatch loads a key again that is cleared while a batch that has
// it runs, and takes what is primed then.
func TestClearDuringABatch(t *testing.T) {
	for name, clearIt := range map[string]func(context.Context, v7.Interface[int, int]){
		"Clear":    func(ctx context.Context, l v7.Interface[int, int]) { l.Clear(ctx, 1).Clear(ctx, 2) },
		"ClearAll": func(_ context.Context, l v7.Interface[int, int]) { l.ClearAll() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runs := 0
				var during *int
				var l v7.Interface[int, int]
				l = dataloader.New(func(ctx context.Context, keys []int) []*v7.Result[int] {
					runs++
					of := runs
					if of == 1 {
						clearIt(ctx, l)
						l.Prime(ctx, 2, 7)
						v, _ := l.Load(ctx, 2)()
						during = &v
					}
					results := make([]*v7.Result[int], len(keys))
					for i := range keys {
						results[i] = &v7.Result[int]{Data: of}
					}
					return results
				})
				level(t.Context(), &rounds.Scheduler{}, func(ctx context.Context) {
					first, second := l.Load(ctx, 1), l.Load(ctx, 2)
					want(t, first, 1)
					want(t, second, 1)
					want(t, l.Load(ctx, 1), 2)
					want(t, l.Load(ctx, 2), 7)
				})
				if during == nil || *during != 7 {
					t.Errorf("what was primed while the batch ran is %v", during)
				}
			})
		})
	}
}

// TestElsewhere uses v7's own loader, because no breadth-first executor runs.
func TestElsewhere(t *testing.T) {
	var r recorder
	// The capacity ends the wait, so a busy machine does not end it before.
	l := dataloader.NewWithOptions(r.load, dataloader.Options[int, int]{Wait: time.Minute, BatchCapacity: 2})
	thunk := l.Load(t.Context(), 1)
	many := l.LoadMany(t.Context(), []int{1, 2})
	want(t, thunk, 10)
	if values, errs := many(); !slices.Equal(values, []int{10, 20}) || errs != nil {
		t.Errorf("got %v, %v", values, errs)
	}
	// What was loaded there is known here.
	level(t.Context(), &rounds.Scheduler{}, func(ctx context.Context) { want(t, l.Load(ctx, 2), 20) })
	if r.all() != "[1 2]" {
		t.Errorf("batches %s", r.all())
	}
}

// TestTracer checks that the tracer is told of loads and batches as by v7.
func TestTracer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		trace := &tracer{}
		l := dataloader.NewWithOptions(r.load, dataloader.Options[int, int]{Tracer: trace})
		level(t.Context(), &rounds.Scheduler{}, func(ctx context.Context) {
			want(t, l.Load(ctx, 1), 10)
			l.LoadMany(ctx, []int{1, 2})()
		})
		if got := strings.Join(trace.seen, " "); got != "load[1] batch[1] many[1 2] load[1] load[2] batch[2]" {
			t.Errorf("got %s", got)
		}
	})
}

type tracer struct{ seen []string }

func (t *tracer) TraceLoad(ctx context.Context, key int) (context.Context, v7.TraceLoadFinishFunc[int]) {
	t.seen = append(t.seen, fmt.Sprint("load", []int{key}))
	return ctx, func(v7.Thunk[int]) {}
}

func (t *tracer) TraceLoadMany(ctx context.Context, keys []int) (context.Context, v7.TraceLoadManyFinishFunc[int]) {
	t.seen = append(t.seen, fmt.Sprint("many", keys))
	return ctx, func(v7.ThunkMany[int]) {}
}

func (t *tracer) TraceBatch(ctx context.Context, keys []int) (context.Context, v7.TraceBatchFinishFunc[int]) {
	t.seen = append(t.seen, fmt.Sprint("batch", keys))
	return ctx, func([]*v7.Result[int]) {}
}
