package content

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/posttag"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/revision"
)

// SetPostTags files a post under these tags and no others. A post that was
// updated since expected, where that is given, is a CONFLICT.
func (c *Content) SetPostTags(ctx context.Context, id typeid.Post, names []string, expected *time.Time) (*ent.Post, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check input
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
		if _, err := tx.PostTag.Delete().Where(posttag.PostID(id)).Exec(ctx); err != nil {
			return err
		}
		return c.fileUnder(ctx, tx, changed, names)
	})
	return changed, err
}

// fileUnder adds tags to a post that has none of them yet, and makes those
// that do not exist.
func (c *Content) fileUnder(ctx context.Context, tx *ent.Tx, p *ent.Post, names []string) error {
	if len(names) == 0 {
		return nil
	}
	tags, err := c.ensureTags(ctx, tx, names)
	if err != nil {
		return err
	}
	links := make([]*ent.PostTagCreate, len(tags))
	for i, t := range tags {
		links[i] = tx.PostTag.Create().SetPostID(p.ID).SetTagID(t.ID).SetNillablePublishedAt(listedAt(p))
	}
	return tx.PostTag.CreateBulk(links...).Exec(ctx)
}

// ensureTags returns the tags with these names, which are sorted, so that two
// transactions that make the same tags wait for each other in one order.
func (c *Content) ensureTags(ctx context.Context, tx *ent.Tx, names []string) ([]*ent.Tag, error) {
	found, err := tx.Tag.Query().Where(tag.NameIn(names...)).All(ctx)
	if err != nil || len(found) == len(names) {
		return found, err
	}
	var missing []*ent.TagCreate
	for _, name := range names {
		if !slices.ContainsFunc(found, func(t *ent.Tag) bool { return t.Name == name }) {
			missing = append(missing, tx.Tag.Create().SetName(name).SetCreatedAt(c.now()))
		}
	}
	if err := tx.Tag.CreateBulk(missing...).OnConflictColumns(tag.FieldName).Ignore().Exec(ctx); err != nil {
		return nil, fmt.Errorf("make tags: %w", err)
	}
	return tx.Tag.Query().Where(tag.NameIn(names...)).All(ctx)
}

// refile brings post_tags in line with the state of a post.
func (c *Content) refile(ctx context.Context, tx *ent.Tx, p *ent.Post) error {
	update := tx.PostTag.Update().Where(posttag.PostID(p.ID))
	if at := listedAt(p); at != nil {
		update.SetPublishedAt(*at)
	} else {
		update.ClearPublishedAt()
	}
	return update.Exec(ctx)
}
