package graph

import (
	"context"
	"errors"
	"sync"

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
func (r *Resolver) nodes(ctx context.Context, ids []*typeid.Any, path func(int) string) ([]model.Node, error) {
	found := make([]model.Node, len(ids))
	var faults apperr.Faults
	var users, posts, comments, tags, events members
	for i, id := range ids {
		switch id.Type() {
		case "user":
			users.add(i, id.UUID())
		case "post":
			posts.add(i, id.UUID())
		case "comment":
			comments.add(i, id.UUID())
		case "tag":
			tags.add(i, id.UUID())
		case "event":
			events.add(i, id.UUID())
		default:
			faults.Add(path(i), "takes the id of a user, post, comment, tag or audit event, not %s", id)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	l := loader.FromContext(ctx)
	return found, errors.Join(
		load(ctx, found, users, l.UserByID, userColumns, "User"),
		load(ctx, found, posts, l.PostByID, postColumns, "Post"),
		load(ctx, found, comments, l.CommentByID, commentColumns, "Comment"),
		load(ctx, found, tags, l.TagByID, tagColumns, "Tag"),
		load(ctx, found, events, r.eventsByID, nil, "AuditEvent"),
	)
}

// eventsByID returns the audit events with these ids, which exist for
// administrators only. They are read whole.
func (r *Resolver) eventsByID(ctx context.Context, ids []query.Key, _ query.Columns) ([]*ent.AuditEvent, error) {
	events := make([]typeid.Event, len(ids))
	for i, id := range ids {
		events[i] = typeid.EventFrom(id)
	}
	return r.accounts.AuditEvents(ctx, events)
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
func load[T any](
	ctx context.Context, found []model.Node, m members,
	fetch func(context.Context, []query.Key, query.Columns) ([]*T, error), columns columnsOf, typeName string,
) error {
	if len(m.ids) == 0 {
		return nil
	}
	rows, err := fetch(ctx, m.ids, columns.selected(ctx, typeName))
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

// postsByID returns the posts with these ids that the viewer may see, with the
// columns that the current field selects.
func postsByID[T any](ctx context.Context, objs []*T, postID func(*T) typeid.Post) ([]*ent.Post, error) {
	if !count(ctx, len(objs)) {
		return stopped[ent.Post](len(objs)), nil
	}
	ids := keys(objs, func(o *T) query.Key { return query.Key(postID(o).ID) })
	return loader.FromContext(ctx).PostByID(ctx, ids, postColumns.selected(ctx, "Post"))
}

// parents returns the post that each post replies to; nil for top-level posts.
func parents(ctx context.Context, objs []*ent.Post) ([]*ent.Post, error) {
	found := make([]*ent.Post, len(objs))
	if !count(ctx, len(objs)) {
		return found, nil
	}
	var m members
	for i, p := range objs {
		if p.ParentID != nil {
			m.add(i, query.Key(p.ParentID.ID))
		}
	}
	rows, err := loader.FromContext(ctx).PostByID(ctx, m.ids, postColumns.selected(ctx, "Post"))
	for i, row := range rows {
		found[m.places[i]] = row
	}
	return found, err
}

// each resolves objects that stand alone, such as the connections of aliases
// at the root, at the same time.
func each[T, R any](objs []*T, resolve func(*T) (R, error)) ([]R, error) {
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
