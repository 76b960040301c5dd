package content

import (
	"context"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/markup"
	"github.com/weftql/weft/internal/revision"
)

// NewPost is a post to be written.
type NewPost struct {
	Title   string
	Body    string // Markdown
	Tags    []string
	Publish bool // at once; else it is a draft
}

// CreatePost writes a post of the viewer.
func (c *Content) CreatePost(ctx context.Context, in NewPost) (*ent.Post, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check checks
	title := check.Line("input.title", in.Title, maxTitle)
	body := check.Text("input.body", in.Body, maxBody)
	tags := check.tags("input.tags", in.Tags)
	if err := check.Err(); err != nil {
		return nil, err
	}
	var made *ent.Post
	err = c.change(ctx, "createPost", func(ctx context.Context, tx *ent.Tx) (err error) {
		now := c.now()
		create := tx.Post.Create().SetAuthorID(v.ID).SetTitle(title).SetCreatedAt(now).SetUpdatedAt(now)
		if in.Publish {
			create.SetStatus(post.StatusPUBLISHED).SetPublishedAt(now)
		}
		if made, err = c.insertPost(database.Queue(ctx), tx, create, body); err != nil {
			return err
		}
		made.Edges.Author = author(v)
		return c.fileUnder(ctx, tx, made, tags)
	})
	return made, err
}

// insertPost saves a new post in Markdown with what is derived from its body.
func (c *Content) insertPost(ctx context.Context, tx *ent.Tx, create *ent.PostCreate, body string) (*ent.Post, error) {
	shown := markup.Render(markup.FormatMarkdown, body)
	p, err := create.SetBody(body).SetBodyFormat(post.BodyFormatMARKDOWN).SetExcerpt(shown.Excerpt).
		SetBodyHTML(shown.HTML).SetHTMLVersion(markup.Version).Save(ctx)
	if err != nil {
		return nil, err
	}
	return p, c.index(ctx, tx, p, shown.Text, true)
}

// PostChange is what to change in a post; nil stays.
type PostChange struct {
	Title      *string
	Body       *string
	BodyFormat *post.BodyFormat

	// Expected is the post's UpdatedAt as its author knows it. A post that was
	// updated since is a CONFLICT; nil overwrites what others changed.
	Expected *time.Time
}

// UpdatePost changes a post of the viewer's, or any for moderators.
func (c *Content) UpdatePost(ctx context.Context, id typeid.Post, in PostChange) (*ent.Post, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check checks
	if in.Title != nil {
		*in.Title = check.Line("input.title", *in.Title, maxTitle)
	}
	if in.Body != nil {
		*in.Body = check.Text("input.body", *in.Body, maxBody)
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	var changed *ent.Post
	err = c.change(ctx, "updatePost", func(ctx context.Context, tx *ent.Tx) error {
		p, err := c.ownPost(ctx, tx, v, id, in.Expected)
		if err != nil {
			return err
		}
		if in.Title != nil && p.ParentID != nil {
			return apperr.BadInput("input.title", "a reply has no title")
		}
		body, format := p.Body, p.BodyFormat
		if in.Body != nil {
			body = *in.Body
		}
		if in.BodyFormat != nil {
			format = *in.BodyFormat
		}
		shown := markup.Render(markup.Format(format), body)
		changed, err = tx.Post.UpdateOne(p).SetNillableTitle(in.Title).SetBody(body).SetBodyFormat(format).SetExcerpt(shown.Excerpt).
			SetBodyHTML(shown.HTML).SetHTMLVersion(markup.Version).SetUpdatedAt(revision.Next(p.UpdatedAt, c.now())).Save(ctx)
		if err != nil {
			return err
		}
		return c.index(ctx, tx, changed, shown.Text, p.Status != post.StatusPUBLISHED)
	})
	return changed, err
}

// PublishPost publishes a draft or an archived post. A post that was updated
// since expected, where that is given, is a CONFLICT.
func (c *Content) PublishPost(ctx context.Context, id typeid.Post, expected *time.Time) (*ent.Post, error) {
	return c.setStatus(ctx, "publishPost", id, post.StatusPUBLISHED, expected)
}

// ArchivePost withdraws a post, with expected as for PublishPost.
func (c *Content) ArchivePost(ctx context.Context, id typeid.Post, expected *time.Time) (*ent.Post, error) {
	return c.setStatus(ctx, "archivePost", id, post.StatusARCHIVED, expected)
}

func (c *Content) setStatus(ctx context.Context, name string, id typeid.Post, status post.Status, expected *time.Time) (*ent.Post, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var changed *ent.Post
	err = c.change(ctx, name, func(ctx context.Context, tx *ent.Tx) error {
		p, err := c.ownPost(ctx, tx, v, id, expected)
		if err != nil || p.Status == status {
			changed = p
			return err
		}
		if status == post.StatusPUBLISHED && p.AuthorID != v.ID {
			return apperr.New(apperr.Forbidden, "only its author publishes a post")
		}
		now := revision.Next(p.UpdatedAt, c.now())
		update := tx.Post.UpdateOne(p).SetStatus(status).SetUpdatedAt(now)
		if status == post.StatusPUBLISHED && p.PublishedAt == nil {
			update.SetPublishedAt(now)
		}
		if changed, err = update.Save(ctx); err != nil {
			return err
		}
		text := ""
		if status == post.StatusPUBLISHED {
			text = markup.Text(markup.Format(changed.BodyFormat), changed.Body)
		}
		if err := c.index(ctx, tx, changed, text, status == post.StatusPUBLISHED); err != nil {
			return err
		}
		return c.refile(ctx, tx, changed)
	})
	return changed, err
}

// DeletePost deletes a post with its replies and comments.
func (c *Content) DeletePost(ctx context.Context, id typeid.Post) error {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return err
	}
	return c.change(ctx, "deletePost", func(ctx context.Context, tx *ent.Tx) error {
		p, err := c.ownPost(ctx, tx, v, id, nil)
		if err != nil {
			return err
		}
		return tx.Post.DeleteOne(p).Exec(feed.About(ctx, p))
	})
}

// ReplyToPost writes and publishes a reply of the viewer.
func (c *Content) ReplyToPost(ctx context.Context, parent typeid.Post, body string) (*ent.Post, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check checks
	body = check.Text("input.body", body, maxBody)
	if err := check.Err(); err != nil {
		return nil, err
	}
	var made *ent.Post
	err = c.change(ctx, "replyToPost", func(ctx context.Context, tx *ent.Tx) error {
		p, err := c.postForChange(ctx, tx, v, parent)
		switch {
		case err != nil:
			return err
		case p.ParentID != nil:
			return apperr.BadInput("input.postId", "this is a reply itself; replies go to top-level posts")
		case p.Status != post.StatusPUBLISHED:
			return apperr.BadInput("input.postId", "this post is not published")
		}
		now := c.now()
		made, err = c.insertPost(database.Queue(ctx), tx, tx.Post.Create().SetAuthorID(v.ID).SetParentID(parent).
			SetStatus(post.StatusPUBLISHED).SetPublishedAt(now).SetCreatedAt(now).SetUpdatedAt(now), body)
		if err == nil {
			made.Edges.Author = author(v)
		}
		return err
	})
	return made, err
}

// listedAt is what post_tags repeats of a post: when it was published, while
// it is listed.
func listedAt(p *ent.Post) *time.Time {
	if p.Status != post.StatusPUBLISHED || p.ParentID != nil {
		return nil
	}
	return p.PublishedAt
}
