// Package dataloader makes loaders of graph-gophers/dataloader v7 that need no clock: under the breadth-first executor a batch runs at the
// moment when every resolver of the level, also those of single objects, waits for a loader or has returned. Then all keys that the level
// needs are known, and there is nothing left to wait for.
//
// One line changes in a server that uses v7:
//
//	users := dataloader.New(batchUsers) // was v7.NewBatchedLoader(batchUsers)
//
// The result is a v7.Interface with the contract of v7: thunks, cache, tracer, Clear and Prime. Outside the breadth-first executor (under
// gqlgen's own, in a test, in a background job) it is v7's own batched loader, with its wait.
//
// # When a batch runs
//
// A running resolver could still ask for something. It counts as at work until it waits for a thunk or returns. A running batch function
// counts too, because it may load from other loaders. When nothing is at work, all requested batches run at once. So each key of a level is
// loaded once, in as few batches as possible, and a chain of loads that depend on each other takes one batch for each link.
//
// A resolver that is busy with something else for long, such as a request to another server, does not delay the others forever: when
// nothing has happened for the executor's patience (10 ms, executor.WithPatience) the batches run without it.
package dataloader

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	v7 "github.com/graph-gophers/dataloader/v7"

	"github.com/weftql/weft/executor/internal/rounds"
)

// Options configures New. The zero value means v7's defaults.
type Options[K comparable, V any] struct {
	// Cache remembers thunks by key. Nil means a cache that keeps everything until it is cleared, so the loader must belong to one operation.
	Cache v7.Cache[K, V]
	// Tracer is told of loads and batches; nil for none.
	Tracer v7.Tracer[K, V]
	// BatchCapacity is the largest number of keys in a batch; 0 means no limit.
	BatchCapacity int
	// Direct promises that resolvers load in their own goroutine, and not in goroutines that they start. The batch of a resolver that runs
	// alone then runs as soon as the resolver waits, without giving way to other goroutines of it.
	Direct bool
	// Wait is how long v7's loader waits for further keys outside the breadth-first executor. Zero means 16 ms, as in v7.
	Wait time.Duration
	// InputCapacity is how many keys v7's loader accepts before callers must wait for it, outside the breadth-first executor. Zero means
	// 1,000, as in v7.
	InputCapacity int
}

// New makes a loader with v7's defaults.
func New[K comparable, V any](batch v7.BatchFunc[K, V]) v7.Interface[K, V] {
	return NewWithOptions(batch, Options[K, V]{})
}

// NewWithOptions makes a loader.
func NewWithOptions[K comparable, V any](batch v7.BatchFunc[K, V], o Options[K, V]) v7.Interface[K, V] {
	l := &loader[K, V]{
		batch: batch, cache: o.Cache, tracer: o.Tracer, capacity: o.BatchCapacity, direct: o.Direct, wait: o.Wait, input: o.InputCapacity,
	}
	switch l.cache.(type) {
	case nil:
		l.cache = v7.NewCache[K, V]()
	case *v7.NoCache[K, V]:
		l.forgets = true
	}
	return l
}

type loader[K comparable, V any] struct {
	batch    v7.BatchFunc[K, V]
	cache    v7.Cache[K, V]
	tracer   v7.Tracer[K, V] // nil for none
	forgets  bool            // the cache keeps nothing
	capacity int
	direct   bool
	wait     time.Duration
	input    int

	once  sync.Once
	timed v7.Interface[K, V] // v7's loader, made when it is needed

	mu sync.Mutex
	// batches are the batches that are not done, without those that ClearAll left behind. They are few: each running operation has at most one open batch.
	batches []*batchOf[K, V]
}

// clocked is v7's own loader, on the same cache.
func (l *loader[K, V]) clocked() v7.Interface[K, V] {
	l.once.Do(func() {
		options := []v7.Option[K, V]{v7.WithCache(l.cache), v7.WithBatchCapacity[K, V](l.capacity)}
		if l.tracer != nil {
			options = append(options, v7.WithTracer(l.tracer))
		}
		if l.wait > 0 {
			options = append(options, v7.WithWait[K, V](l.wait))
		}
		if l.input > 0 {
			options = append(options, v7.WithInputCapacity[K, V](l.input))
		}
		l.timed = v7.NewBatchedLoader(l.batch, options...)
	})
	return l.timed
}

// Load implements v7.Interface.
func (l *loader[K, V]) Load(ctx context.Context, key K) v7.Thunk[V] {
	task := rounds.FromContext(ctx)
	if task == nil {
		return l.clocked().Load(ctx, key)
	}
	if l.tracer == nil {
		return l.load(ctx, task, key)
	}
	ctx, finish := l.tracer.TraceLoad(ctx, key)
	thunk := l.load(ctx, task, key)
	finish(thunk)
	return thunk
}

func (l *loader[K, V]) load(ctx context.Context, task *rounds.Task, key K) v7.Thunk[V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, cached := l.cache.Get(ctx, key)
	var open *batchOf[K, V]
	for _, b := range slices.Backward(l.batches) {
		mine := b.open && b.scheduler == task.Scheduler()
		if mine {
			open = b
		}
		if cached || mine {
			// Either this batch still takes keys, or it is under way and the cache has its thunk. The task waits under its own name.
			if at, asked := b.at(key); asked && (mine || !slices.Contains(b.cleared, at)) {
				return b.thunk(task, at)
			}
		}
	}
	if cached {
		return known
	}
	if open == nil || l.capacity > 0 && len(open.keys) >= l.capacity {
		if open != nil {
			open.open = false
		}
		open = &batchOf[K, V]{loader: l, scheduler: task.Scheduler(), open: true}
		open.batch.Direct = l.direct
		l.batches = append(l.batches, open)
		task.Ask(ctx, &open.batch, open)
	}
	at := open.add(key)
	if !l.forgets {
		l.cache.Set(ctx, key, open.thunk(nil, at))
	}
	return open.thunk(task, at)
}

// LoadMany implements v7.Interface. The errors are nil if there are none.
func (l *loader[K, V]) LoadMany(ctx context.Context, keys []K) v7.ThunkMany[V] {
	if rounds.FromContext(ctx) == nil {
		return l.clocked().LoadMany(ctx, keys)
	}
	finish := func(v7.ThunkMany[V]) {}
	if l.tracer != nil {
		ctx, finish = l.tracer.TraceLoadMany(ctx, keys)
	}
	thunks := make([]v7.Thunk[V], len(keys))
	for i, key := range keys {
		thunks[i] = l.Load(ctx, key)
	}
	many := func() ([]V, []error) {
		values := make([]V, len(thunks))
		var errs []error
		for i, thunk := range thunks {
			value, err := thunk()
			if values[i] = value; err != nil {
				if errs == nil {
					errs = make([]error, len(thunks))
				}
				errs[i] = err
			}
		}
		return values, errs
	}
	finish(many)
	return many
}

// Clear implements v7.Interface.
func (l *loader[K, V]) Clear(ctx context.Context, key K) v7.Interface[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache.Delete(ctx, key)
	for _, b := range l.batches {
		if at, asked := b.at(key); asked && !b.open {
			b.cleared = append(b.cleared, at)
		}
	}
	return l
}

// ClearAll implements v7.Interface.
func (l *loader[K, V]) ClearAll() v7.Interface[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache.Clear()
	l.batches = slices.DeleteFunc(l.batches, func(b *batchOf[K, V]) bool { return !b.open })
	return l
}

// Prime implements v7.Interface: it does not replace what the cache has.
func (l *loader[K, V]) Prime(ctx context.Context, key K, value V) v7.Interface[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.cache.Get(ctx, key); !known {
		l.cache.Set(ctx, key, func() (V, error) { return value, nil })
	}
	return l
}

// batchOf is one call of the batch function.
type batchOf[K comparable, V any] struct {
	loader    *loader[K, V]
	scheduler *rounds.Scheduler
	batch     rounds.Batch
	// The loader's lock guards these until the batch runs.
	open  bool // it takes further keys
	keys  []K
	index map[K]int // nil while the keys are few
	// cleared are the places of keys that were cleared after the batch had gone: what the cache has of them is newer.
	cleared []int
	// results are set when the batch is done.
	results []*v7.Result[V]
	err     error
}

// fewKeys is the number of keys up to which looking at each is faster than a map.
const fewKeys = 8

// at returns the place of a key, and reports whether the batch has it.
func (b *batchOf[K, V]) at(key K) (int, bool) {
	if b.index != nil {
		at, ok := b.index[key]
		return at, ok
	}
	at := slices.Index(b.keys, key)
	return at, at >= 0
}

// add adds a key that the batch does not have yet, and returns its place.
func (b *batchOf[K, V]) add(key K) int {
	at := len(b.keys)
	b.keys = append(b.keys, key)
	switch {
	case b.index != nil:
		b.index[key] = at
	case len(b.keys) > fewKeys:
		b.index = make(map[K]int, 2*len(b.keys))
		for i, k := range b.keys {
			b.index[k] = i
		}
	}
	return at
}

// thunk waits on behalf of a task, which is nil if it is unknown who waits, and returns the i-th result.
func (b *batchOf[K, V]) thunk(task *rounds.Task, i int) v7.Thunk[V] {
	return func() (value V, err error) {
		b.batch.Wait(task)
		if b.err != nil {
			return value, b.err
		}
		if r := b.results[i]; r != nil {
			return r.Data, r.Error
		}
		return value, fmt.Errorf("the batch function gave no result for key %d of %d", i, len(b.keys))
	}
}

// Run implements rounds.Runner.
func (b *batchOf[K, V]) Run(ctx context.Context) {
	l := b.loader
	l.mu.Lock()
	b.open = false
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.batches = slices.DeleteFunc(l.batches, func(other *batchOf[K, V]) bool { return other == b })
		if b.err == nil {
			return
		}
		for _, key := range b.keys { // as in v7, a panic is not remembered
			l.cache.Delete(ctx, key)
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			b.err = fmt.Errorf("panic received in batch function: %v", p)
		}
	}()
	finish := func([]*v7.Result[V]) {}
	if l.tracer != nil {
		ctx, finish = l.tracer.TraceBatch(ctx, b.keys)
	}
	b.results = l.batch(ctx, b.keys)
	finish(b.results)
	if len(b.results) != len(b.keys) {
		b.err = fmt.Errorf("the batch function gave %d results for %d keys", len(b.results), len(b.keys))
	}
}
