package loader

import (
	"context"
	"sync"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/statement"
)

// joined loads values for many keys at once on a dataloader, where an executor
// asks for one list after the other. Its unit is a request, the keys of one
// list, not a single key: so a list costs one thunk and not one for each row.
// The dataloader joins the requests; joined removes repeated keys and remembers
// the values of those it loaded.
type joined[V any] struct {
	load   fetch[V]
	loader *dataloader.Loader[*request, []V]

	mu    sync.Mutex
	known map[query.Key]V
}

type request struct {
	keys   []query.Key
	place  statement.Place
	placed bool // place is known
}

// newJoined returns a loader that waits for Window after the first request.
//
// The dataloader's own defaults wait 16 ms and keep a channel of 1,000 slots
// for each batch.
func newJoined[V any](load fetch[V]) *joined[V] {
	j := &joined[V]{load: load, known: make(map[query.Key]V)}
	j.loader = dataloader.NewBatchedLoader(j.batch,
		dataloader.WithInputCapacity[*request, []V](64),
		dataloader.WithWait[*request, []V](Window),
		// Requests are never equal; what is remembered is in known.
		dataloader.WithCache[*request, []V](&dataloader.NoCache[*request, []V]{}),
	)
	return j
}

// Load returns the values of the request's keys, in their order.
func (j *joined[V]) Load(ctx context.Context, r *request) ([]V, error) {
	if len(r.keys) == 0 {
		return nil, nil
	}
	if values, all := j.recall(r.keys); all {
		return values, nil
	}
	return j.loader.Load(ctx, r)()
}

// recall returns the values of keys when all are known.
func (j *joined[V]) recall(keys []query.Key) ([]V, bool) {
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
func (j *joined[V]) batch(ctx context.Context, requests []*request) []*dataloader.Result[[]V] {
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
func (j *joined[V]) fetch(ctx context.Context, requests []*request) error {
	unknown := j.unknown(requests)
	if unknown.Len() == 0 {
		return nil
	}
	var places []statement.Place
	for _, r := range requests {
		if r.placed {
			places = append(places, r.place)
		}
	}
	values, err := j.load(statement.At(ctx, places), unknown)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, k := range unknown.All() {
		j.known[k] = values[i]
	}
	return nil
}

// unknown returns the keys of the requests that no earlier batch loaded, in
// the order in which they were asked for.
func (j *joined[V]) unknown(requests []*request) *query.Keys {
	j.mu.Lock()
	defer j.mu.Unlock()
	unknown := query.NewKeys(len(requests[0].keys))
	for _, r := range requests {
		for _, k := range r.keys {
			if _, ok := j.known[k]; !ok {
				unknown.Add(k)
			}
		}
	}
	return unknown
}
