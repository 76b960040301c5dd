package content

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/posttag"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/revision"
)

// SetPostTags files a post under these tags and no others. A post that was
// updated since expected, where that is given, is a CONFLICT.
func (c *Content) SetPostTags(ctx context.Context, id typeid.Post, names []string, expected *time.Time) (*ent.Post, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check checks
	names = check.tags("input.tags", names)
	if err := check.Err(); err != nil {
		return nil, err
	}
	var changed *ent.Post
	err = c.change(ctx, "setPostTags", func(ctx context.Context, tx *ent.Tx) error {
		p, err := c.ownPost(ctx, tx, v, id, expected)
		if err != nil {
			return err
		}
		if p.ParentID != nil {
			return apperr.BadInput("input.id", "this is a reply, which has no tags")
		}
		if changed, err = tx.Post.UpdateOne(p).SetUpdatedAt(revision.Next(p.UpdatedAt, c.now())).Save(ctx); err != nil {
			return err
		}
		remove, args := entsql.Dialect(c.db.Dialect()).Delete(posttag.Table).Where(entsql.EQ(posttag.FieldPostID, id)).Query()
		if err := c.fileTelling(database.Queue(ctx), tx, feed.Delete, nil, remove, args); err != nil {
			return err
		}
		return c.fileUnder(ctx, tx, changed, names)
	})
	return changed, err
}

// fileUnder adds tags to a post that has none of them yet, and makes those
// that do not exist. The names are sorted, so that two transactions that make
// the same tags wait for each other in one order.
func (c *Content) fileUnder(ctx context.Context, tx *ent.Tx, p *ent.Post, names []string) error {
	if len(names) == 0 {
		return nil
	}
	ctx = database.Queue(ctx)
	build := entsql.Dialect(c.db.Dialect())
	missing := build.Insert(tag.Table).Columns(tag.FieldID, tag.FieldName, tag.FieldCreatedAt).
		OnConflict(entsql.ConflictColumns(tag.FieldName), entsql.DoNothing())
	for _, name := range names {
		missing.Values(typeid.NewTag(), name, c.now())
	}
	query, args := missing.Query()
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("make tags: %w", err)
	}
	feed.Inserted(ctx, &ent.Tag{}) // which of them were missing is not known
	// All of them exist now, whoever made them.
	query, args = build.Select().AppendSelectExpr(
		cast(p.ID, "uuid"), entsql.Raw(tag.FieldID), cast(listedAt(p), "timestamptz"),
	).From(entsql.Table(tag.Table)).Where(entsql.In(tag.FieldName, toAny(names)...)).Query()
	query = "INSERT INTO " + posttag.Table + " (" + posttag.FieldPostID + ", " + posttag.FieldTagID + ", " + posttag.FieldPublishedAt + ") " + query
	return c.fileTelling(ctx, tx, feed.Insert, nil, query, args)
}

// fileTelling runs a statement that writes post_tags, and tells of each row with
// its tag, which nobody knows before. So a post that comes or goes leaves the
// lists of all other tags alone. columns are those that an update sets.
func (c *Content) fileTelling(ctx context.Context, tx *ent.Tx, op feed.Op, columns []string, query string, args []any) error {
	refs := []string{posttag.FieldPostID, posttag.FieldTagID}
	if c.db.Dialect() == dialect.Postgres {
		if _, err := tx.ExecContext(ctx, feed.Telling(query, ent.TypePostTag, op, columns, refs...), args...); err != nil {
			return fmt.Errorf("file post under tags: %w", err)
		}
		return nil
	}
	rows, err := c.db.Query(ctx, database.Read{Loader: "Post.tags", SQL: query + " RETURNING " + strings.Join(refs, ", "), Args: args})
	if err != nil {
		return fmt.Errorf("file post under tags: %w", err)
	}
	defer rows.Close()
	var changes []any
	for rows.Next() {
		var filed ent.PostTag
		if err := rows.Scan(&filed.PostID, &filed.TagID); err != nil {
			return fmt.Errorf("file post under tags: %w", err)
		}
		changes = append(changes, feed.Change{Table: posttag.Table, Op: op, Columns: columns, Refs: map[string]string{
			posttag.FieldPostID: filed.PostID.UUID().String(), posttag.FieldTagID: filed.TagID.UUID().String(),
		}})
	}
	database.Announce(ctx, changes...)
	return rows.Err()
}

// cast is an argument whose type PostgreSQL is told.
func cast(v any, as string) entsql.Querier {
	return entsql.ExprFunc(func(b *entsql.Builder) {
		b.Arg(v)
		if b.Dialect() == dialect.Postgres {
			b.WriteString("::" + as)
		}
	})
}

func toAny[T any](list []T) []any {
	values := make([]any, len(list))
	for i, v := range list {
		values[i] = v
	}
	return values
}

// refile brings post_tags in line with the state of a post.
func (c *Content) refile(ctx context.Context, tx *ent.Tx, p *ent.Post) error {
	update := entsql.Dialect(c.db.Dialect()).Update(posttag.Table).Where(entsql.EQ(posttag.FieldPostID, p.ID))
	if at := listedAt(p); at != nil {
		update.Set(posttag.FieldPublishedAt, *at)
	} else {
		update.SetNull(posttag.FieldPublishedAt)
	}
	query, args := update.Query()
	return c.fileTelling(database.Queue(ctx), tx, feed.Update, []string{posttag.FieldPublishedAt}, query, args)
}
