package loader

import (
	"context"
	"errors"
	"sync"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/statement"
)

// fetch loads one value for each key, in their order.
type fetch[V any] func(context.Context, *query.Keys) ([]V, error)

// batch is what the fields of one level want of one loader.
type batch[V any] struct {
	keys   query.Keys
	once   sync.Once
	values []V
	err    error
	places []statement.Place // of the fields, if somebody wants to know
}

var errNotLoaded = errors.New("the field that loaded for this one failed")

// gather loads values for the keys of a whole level. Fields of the level that
// agree in their identity load together: each notes its keys, waits for the
// others to have done so, and the first of them runs the statement.
func gather[V any](ctx context.Context, l *Loaders, id identity, keys []query.Key, load fetch[V]) ([]V, error) {
	b, places := note[V](ctx, l, id, keys)
	executor.Join(ctx)
	b.once.Do(func() {
		l.leave(id)
		b.err = errNotLoaded // stays if load panics
		b.values, b.err = load(statement.At(ctx, b.places), &b.keys)
	})
	switch {
	case b.err != nil:
		return nil, b.err
	case places == nil:
		return b.values[:len(keys):len(keys)], nil
	}
	values := make([]V, len(keys))
	for i, at := range places {
		values[i] = b.values[at]
	}
	return values, nil
}

// note adds keys to the open batch of an identity and returns their places in
// it, or nil if these are its first in their order.
func note[V any](ctx context.Context, l *Loaders, id identity, keys []query.Key) (*batch[V], []int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b *batch[V]
	for _, o := range l.open {
		if o.identity == id {
			b = o.batch.(*batch[V])
		}
	}
	if b == nil {
		b = &batch[V]{}
		b.keys.Grow(len(keys))
		l.open = append(l.open, open{id, b})
	}
	if l.place != nil {
		if place, ok := l.place(ctx); ok {
			b.places = append(b.places, place)
		}
	}
	var places []int32
	for i, k := range keys {
		at := b.keys.Add(k)
		if places == nil && at != i {
			places = make([]int32, len(keys))
			for before := range i {
				places[before] = int32(before)
			}
		}
		if places != nil {
			places[i] = int32(at)
		}
	}
	return b, places
}

// open is a batch that takes further keys.
type open struct {
	identity
	batch any // *batch[V]
}

// leave closes the open batch of an identity.
func (l *Loaders) leave(id identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, o := range l.open {
		if o.identity == id {
			l.open[i] = l.open[len(l.open)-1]
			l.open = l.open[:len(l.open)-1]
			return
		}
	}
}
