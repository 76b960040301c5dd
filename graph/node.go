package graph

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/graph/model"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/query"
)

// nodes returns the objects with these ids, in their order: one statement for
// each type among them. path names an id's place in the arguments.
func nodes(ctx context.Context, ids []*typeid.Any, path func(int) string) ([]model.Node, error) {
	found := make([]model.Node, len(ids))
	var faults apperr.Faults
	var all byType
	for i, id := range ids {
		if m := all.of(id.Type()); m != nil {
			m.add(i, id.UUID())
		} else {
			faults.Add(path(i), "takes the id of %s, not %s", nodeTypes, id)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return found, all.load(ctx, found)
}

// members are the ids of one type with their places in the result.
type members struct {
	ids    []query.Key
	places []int
}

func (m *members) add(place int, id query.Key) {
	m.ids, m.places = append(m.ids, id), append(m.places, place)
}

// load fetches the members of one type into their places.
func load[T any](ctx context.Context, found []model.Node, m members, e *query.Entity[T]) error {
	if len(m.ids) == 0 {
		return nil
	}
	rows, err := loader.ByID(ctx, e, m.ids, selected(ctx, e))
	for i, row := range rows {
		if row != nil {
			found[m.places[i]] = row
		}
	}
	return err
}

// only returns the single value of a list for one key.
func only[T any](values []T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return values[0], nil
}

// id is one of package typeid.
type id interface{ UUID() uuid.UUID }

// related returns the object that each of objs names by its id, with the columns
// that the current field selects; nil where the viewer may not see it.
func related[T, R any, I id](ctx context.Context, objs []*T, e *query.Entity[R], named func(*T) I) ([]*R, error) {
	if !count(ctx, len(objs)) {
		return stopped[R](len(objs)), nil
	}
	ids := keys(objs, func(o *T) query.Key { return query.Key(named(o).UUID()) })
	return loader.ByID(ctx, e, ids, selected(ctx, e))
}

// relatedIfAny is related for objects of which some name none.
func relatedIfAny[T, R any, I id](ctx context.Context, objs []*T, e *query.Entity[R], named func(*T) *I) ([]*R, error) {
	found := make([]*R, len(objs))
	var m members
	for i, o := range objs {
		if id := named(o); id != nil {
			m.add(i, query.Key((*id).UUID()))
		}
	}
	if len(m.ids) == 0 || !count(ctx, len(m.ids)) {
		return found, nil
	}
	rows, err := loader.ByID(ctx, e, m.ids, selected(ctx, e))
	for i, row := range rows {
		found[m.places[i]] = row
	}
	return found, err
}

// each resolves objects that stand alone, such as the connections of aliases
// at the root, at the same time.
func each[T, R any](objs []T, resolve func(T) (R, error)) ([]R, error) {
	out := make([]R, len(objs))
	if len(objs) == 1 {
		var err error
		out[0], err = resolve(objs[0])
		return out, err
	}
	errs := make([]error, len(objs))
	var all sync.WaitGroup
	for i, o := range objs {
		all.Go(func() { out[i], errs[i] = resolve(o) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func postKey(p *ent.Post) query.Key { return query.Key(p.ID.ID) }

func userKey(u *ent.User) query.Key { return query.Key(u.ID.ID) }

// flags answers a yes or no about each object and the viewer.
func flags[T any](ctx context.Context, objs []*T, answer func(auth.Viewer, *T) bool) ([]bool, error) {
	v := auth.FromContext(ctx)
	out := make([]bool, len(objs))
	for i, o := range objs {
		out[i] = answer(v, o)
	}
	return out, nil
}
