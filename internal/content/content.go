// Package content changes users' content: posts, replies, comments and tags.
// Each operation checks who asks, what is asked and what state it meets, and is
// one transaction. Errors that a client may see are *apperr.Error; paths in
// them start with "input".
//
// What may be read is decided in internal/query.
package content

import (
	"context"
	"time"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/schema"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/revision"
)

// Content changes what is in one database.
type Content struct {
	db  *database.Database
	now func() time.Time
}

// New returns the operations on db.
func New(db *database.Database) *Content { return &Content{db: db, now: schema.Now} }

// author is the viewer as the author of what they write, where the row is
// known.
func author(v auth.Viewer) *ent.User {
	u, _ := v.User.(*ent.User)
	return u
}

// change runs one operation as a transaction, its statements under name.
func (c *Content) change(ctx context.Context, name string, fn func(context.Context, *ent.Tx) error) error {
	return c.db.WithTx(database.NameStatements(ctx, name), fn)
}

// postForChange reads a post and keeps others from changing it until the
// transaction ends. A post that the viewer may not see is NOT_FOUND.
func (c *Content) postForChange(ctx context.Context, tx *ent.Tx, v auth.Viewer, id typeid.Post) (*ent.Post, error) {
	q := tx.Post.Query().Where(post.ID(id), query.New(c.db, v).VisiblePost())
	if c.db.Dialect() == dialect.Postgres {
		// SQLite's transactions are exclusive from their start.
		q = q.ForUpdate()
	}
	p, err := q.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound("post", id.String())
	}
	return p, err
}

// ownPost is postForChange for the post's author and for moderators; for
// others it is FORBIDDEN. A post that was updated since expected, where that is
// given, is a CONFLICT.
func (c *Content) ownPost(ctx context.Context, tx *ent.Tx, v auth.Viewer, id typeid.Post, expected *time.Time) (*ent.Post, error) {
	p, err := c.postForChange(ctx, tx, v, id)
	if err != nil {
		return nil, err
	}
	if !MayChangePost(v, p.AuthorID) {
		return nil, apperr.New(apperr.Forbidden, "only its author and moderators change this post")
	}
	return p, revision.Check(expected, p.ID.String(), p.UpdatedAt, map[string]any{
		"title": p.Title, "body": p.Body, "bodyFormat": p.BodyFormat, "status": p.Status,
	})
}

func notFound(what, id string) error {
	return apperr.New(apperr.NotFound, "there is no %s %s", what, id)
}
