package loader

import (
	"context"

	v7 "github.com/graph-gophers/dataloader/v7"

	"github.com/weftql/weft/executor/dataloader"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/statement"
)

// fetch loads one value for each key, in their order.
type fetch[V any] func(context.Context, *query.Keys) ([]V, error)

// request is what one field wants at once: the keys of a whole level, or those
// of one object. It is the unit of the dataloader, so that a level costs one
// thunk and not one for each row.
type request struct {
	keys   []query.Key
	place  statement.Place
	placed bool // place is known
	// at has the places of the keys among those of the batch; nil if they are the
	// first, in their order.
	at []int32
}

// newJoined returns a dataloader that joins requests: each key is loaded once.
func newJoined[V any](load fetch[V]) v7.Interface[*request, []V] {
	return dataloader.NewWithOptions(
		func(ctx context.Context, requests []*request) []*v7.Result[[]V] { return answer(ctx, requests, load) },
		dataloader.Options[*request, []V]{
			Cache:  &v7.NoCache[*request, []V]{}, // requests are never equal
			Direct: true, Wait: Window, InputCapacity: 64,
		})
}

// answer loads what several requests want by one call of load.
func answer[V any](ctx context.Context, requests []*request, load fetch[V]) []*v7.Result[[]V] {
	var keys query.Keys
	var places []statement.Place
	keys.Grow(len(requests[0].keys))
	for _, r := range requests {
		r.addTo(&keys)
		if r.placed {
			places = append(places, r.place)
		}
	}
	values, err := load(statement.At(ctx, places), &keys)
	results := make([]*v7.Result[[]V], len(requests))
	made := make([]v7.Result[[]V], len(requests))
	for i, r := range requests {
		results[i] = &made[i]
		switch {
		case err != nil:
			made[i].Error = err
		case r.at == nil:
			made[i].Data = values[:len(r.keys):len(r.keys)]
		default:
			made[i].Data = make([]V, len(r.keys))
			for k, at := range r.at {
				made[i].Data[k] = values[at]
			}
		}
	}
	return results
}

// addTo adds the keys to those of a batch, and notes where they are there.
func (r *request) addTo(keys *query.Keys) {
	r.at = nil
	for i, k := range r.keys {
		at := keys.Add(k)
		if r.at == nil && at != i {
			r.at = make([]int32, len(r.keys))
			for before := range i {
				r.at[before] = int32(before)
			}
		}
		if r.at != nil {
			r.at[i] = int32(at)
		}
	}
}
