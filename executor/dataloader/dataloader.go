// Package dataloader makes loaders of graph-gophers/dataloader v7 that need no clock: under the breadth-first executor a batch goes at the
// moment when every resolver of the level, those of single objects too, waits for a loader or has returned. Then all keys that the level
// wants are known, and there is nothing to wait for.
//
// One line changes in a server that uses v7:
//
//	users := dataloader.New(batchUsers) // was v7.NewBatchedLoader(batchUsers)
//
// The result is a v7.Interface with the contract of v7: thunks, cache, tracer, Clear and Prime. Outside of the breadth-first executor (under
// gqlgen's own, in a test, in a background job) it is v7's own batched loader, with its wait.
//
// # When a batch goes
//
// A resolver that runs could still ask for something. It counts as long as it is at work: until it waits for a thunk or returns. A batch
// function that runs counts too, for it may load from other loaders. When nobody is at work, all batches that were asked for go at once.
// So each key of a level is loaded once, in as few batches as there can be, and chains of loads that depend on each other take a batch
// for each link.
//
// A resolver that is busy with something else for long, such as a request to another server, does not hold the others up for ever: when
// nothing has happened for the executor's patience (10 ms, executor.WithPatience) the batches go without it.
package dataloader

import (
	"context"
	"fmt"
	"sync"
	"time"

	v7 "github.com/graph-gophers/dataloader/v7"

	"github.com/weftql/weft/executor/internal/rounds"
)

// Options configures New. The zero value is v7's defaults.
type Options[K comparable, V any] struct {
	// Cache remembers thunks by key. Nil means one that remembers all until it is cleared, so a loader belongs to one operation.
	Cache v7.Cache[K, V]
	// Tracer is told of loads and batches; nil for none.
	Tracer v7.Tracer[K, V]
	// BatchCapacity is how many keys a batch has at most; 0 is no limit.
	BatchCapacity int
	// Wait is how long v7's loader waits for further keys where the breadth-first executor does not run. Zero means 16 ms, as in v7.
	Wait time.Duration
}

// New makes a loader with v7's defaults.
func New[K comparable, V any](batch v7.BatchFunc[K, V]) v7.Interface[K, V] {
	return NewWithOptions(batch, Options[K, V]{})
}

// NewWithOptions makes a loader.
func NewWithOptions[K comparable, V any](batch v7.BatchFunc[K, V], o Options[K, V]) v7.Interface[K, V] {
	l := &loader[K, V]{
		batch: batch, cache: o.Cache, tracer: o.Tracer, capacity: o.BatchCapacity, wait: o.Wait,
		open: map[*rounds.Scheduler]*batchOf[K, V]{}, asked: map[K]*batchOf[K, V]{},
	}
	if l.cache == nil {
		l.cache = v7.NewCache[K, V]()
	}
	if l.tracer == nil {
		l.tracer = v7.NoopTracer[K, V]{}
	}
	return l
}

type loader[K comparable, V any] struct {
	batch    v7.BatchFunc[K, V]
	cache    v7.Cache[K, V]
	tracer   v7.Tracer[K, V]
	capacity int
	wait     time.Duration

	once  sync.Once
	timed v7.Interface[K, V] // v7's loader, made when it is needed

	mu sync.Mutex
	// open are the batches that take further keys, one for each operation that runs.
	open map[*rounds.Scheduler]*batchOf[K, V]
	// asked are the batches, not yet done, that have a key: whoever wants it waits in its own name.
	asked map[K]*batchOf[K, V]
}

// clocked is v7's own loader, on the same cache.
func (l *loader[K, V]) clocked() v7.Interface[K, V] {
	l.once.Do(func() {
		options := []v7.Option[K, V]{v7.WithCache(l.cache), v7.WithTracer(l.tracer), v7.WithBatchCapacity[K, V](l.capacity)}
		if l.wait > 0 {
			options = append(options, v7.WithWait[K, V](l.wait))
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
	ctx, finish := l.tracer.TraceLoad(ctx, key)
	thunk := l.load(ctx, task, key)
	finish(thunk)
	return thunk
}

func (l *loader[K, V]) load(ctx context.Context, task *rounds.Task, key K) v7.Thunk[V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, cached := l.cache.Get(ctx, key)
	if b := l.asked[key]; b != nil && (cached || l.open[task.Scheduler()] == b) {
		// Of a batch that takes keys still, or of one under way whose thunk the cache has.
		return b.thunk(task, b.index[key])
	}
	if cached {
		return known
	}
	b := l.open[task.Scheduler()]
	if b == nil || l.capacity > 0 && len(b.keys) >= l.capacity {
		b = &batchOf[K, V]{loader: l, scheduler: task.Scheduler(), index: map[K]int{}}
		l.open[b.scheduler] = b
		task.Ask(ctx, &b.batch, b)
	}
	at := len(b.keys)
	b.keys, b.index[key], l.asked[key] = append(b.keys, key), at, b
	l.cache.Set(ctx, key, b.thunk(nil, at))
	return b.thunk(task, at)
}

// LoadMany implements v7.Interface. The errors are nil if there are none.
func (l *loader[K, V]) LoadMany(ctx context.Context, keys []K) v7.ThunkMany[V] {
	if rounds.FromContext(ctx) == nil {
		return l.clocked().LoadMany(ctx, keys)
	}
	ctx, finish := l.tracer.TraceLoadMany(ctx, keys)
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
	return l
}

// ClearAll implements v7.Interface.
func (l *loader[K, V]) ClearAll() v7.Interface[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache.Clear()
	return l
}

// Prime implements v7.Interface: what the cache has stays.
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
	// The loader's lock guards keys and index until the batch runs.
	keys  []K
	index map[K]int
	// results are set when the batch is done.
	results []*v7.Result[V]
	err     error
}

// thunk waits in the name of a task, nil if nobody knows who waits, and gives the i-th result.
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
	if l.open[b.scheduler] == b {
		delete(l.open, b.scheduler)
	}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, key := range b.keys {
			if l.asked[key] == b {
				delete(l.asked, key)
			}
			if b.err != nil { // as in v7, a panic is not remembered
				l.cache.Delete(ctx, key)
			}
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			b.err = fmt.Errorf("panic received in batch function: %v", p)
		}
	}()
	ctx, finish := l.tracer.TraceBatch(ctx, b.keys)
	b.results = l.batch(ctx, b.keys)
	finish(b.results)
	if len(b.results) != len(b.keys) {
		b.err = fmt.Errorf("the batch function gave %d results for %d keys", len(b.results), len(b.keys))
	}
}
