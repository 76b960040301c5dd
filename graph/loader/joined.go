package loader

import (
	"context"
	"sync"

	"github.com/graph-gophers/dataloader/v7"
)

// joined loads values for many keys at once on a dataloader. Its unit is a
// request, the keys of one list, not a single key: so a list costs one thunk
// and not one for each row. The dataloader joins the requests; joined removes
// repeated keys and remembers the values of those it loaded.
type joined[K comparable, V any] struct {
	load   func(context.Context, []K) ([]V, error)
	loader *dataloader.Loader[*request[K], []V]

	mu    sync.Mutex
	known map[K]V
}

type request[K comparable] struct{ keys []K }

// newJoined returns a loader; load returns one value for each key, in their
// order.
//
// The dataloader's own defaults wait 16 ms and keep a channel of 1,000 slots
// for each batch. When the executor hands over a whole level, the batch is full
// with the first request; else it waits for the requests of other lists.
func newJoined[K comparable, V any](load func(context.Context, []K) ([]V, error), whole bool) *joined[K, V] {
	j := &joined[K, V]{load: load, known: make(map[K]V)}
	capacity, slots := 0, 64
	if whole {
		capacity, slots = 1, 1
	}
	j.loader = dataloader.NewBatchedLoader(j.batch,
		dataloader.WithBatchCapacity[*request[K], []V](capacity),
		dataloader.WithInputCapacity[*request[K], []V](slots),
		dataloader.WithWait[*request[K], []V](Window),
		// Requests are never equal; what is remembered is in known.
		dataloader.WithCache[*request[K], []V](&dataloader.NoCache[*request[K], []V]{}),
	)
	return j
}

// Load returns the values of keys, in their order.
func (j *joined[K, V]) Load(ctx context.Context, keys []K) ([]V, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	if values, all := j.recall(keys); all {
		return values, nil
	}
	return j.loader.Load(ctx, &request[K]{keys})()
}

// LoadOne returns the value of one key.
func (j *joined[K, V]) LoadOne(ctx context.Context, key K) (V, error) {
	values, err := j.Load(ctx, []K{key})
	if err != nil {
		var none V
		return none, err
	}
	return values[0], nil
}

// recall returns the values of keys when all are known.
func (j *joined[K, V]) recall(keys []K) ([]V, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.known) == 0 {
		return nil, false
	}
	values := make([]V, len(keys))
	for i, k := range keys {
		v, ok := j.known[k]
		if !ok {
			return nil, false
		}
		values[i] = v
	}
	return values, true
}

// batch answers several requests with one call of load.
func (j *joined[K, V]) batch(ctx context.Context, requests []*request[K]) []*dataloader.Result[[]V] {
	results := make([]*dataloader.Result[[]V], len(requests))
	if err := j.fetch(ctx, requests); err != nil {
		for i := range results {
			results[i] = &dataloader.Result[[]V]{Error: err}
		}
		return results
	}
	for i, r := range requests {
		values, _ := j.recall(r.keys)
		results[i] = &dataloader.Result[[]V]{Data: values}
	}
	return results
}

// fetch makes every key of the requests known.
func (j *joined[K, V]) fetch(ctx context.Context, requests []*request[K]) error {
	unknown := j.unknown(requests)
	if len(unknown) == 0 {
		return nil
	}
	values, err := j.load(ctx, unknown)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, k := range unknown {
		j.known[k] = values[i]
	}
	return nil
}

// unknown returns the keys of the requests that no earlier batch loaded, each
// once, in the order in which they were asked for.
func (j *joined[K, V]) unknown(requests []*request[K]) []K {
	j.mu.Lock()
	defer j.mu.Unlock()
	var unknown []K
	seen := make(map[K]struct{}, len(requests[0].keys))
	for _, r := range requests {
		for _, k := range r.keys {
			if _, ok := j.known[k]; ok {
				continue
			}
			if _, ok := seen[k]; ok {
				continue
			}
			seen[k] = struct{}{}
			unknown = append(unknown, k)
		}
	}
	return unknown
}
