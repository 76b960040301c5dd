package content_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/query"
)

// TestLifeOfAPost takes a post through its states. At each step, search and the
// lists are in line with its status.
func TestLifeOfAPost(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx := b.as(b.author)
		p, err := b.CreatePost(ctx, content.NewPost{Title: "Brewing", Body: "With *hops*.", Tags: []string{"beer"}})
		b.ok(err)
		var published time.Time
		for _, step := range []struct {
			name   string
			change func() (*ent.Post, error)
			status post.Status
			finds  string // a word of it, by which search finds it while it is published
			misses string
			listed int
			tagged int
		}{
			{"written", func() (*ent.Post, error) { return p, nil }, post.StatusDRAFT, "", "hops", 0, -1},
			{"updated", func() (*ent.Post, error) {
				return b.UpdatePost(ctx, p.ID, content.PostChange{Body: new("With **barley**.")})
			}, post.StatusDRAFT, "", "barley", 0, -1},
			{"published", func() (*ent.Post, error) { return b.PublishPost(ctx, p.ID, nil) }, post.StatusPUBLISHED, "barley", "hops", 1, 1},
			{"published again", func() (*ent.Post, error) { return b.PublishPost(ctx, p.ID, nil) }, post.StatusPUBLISHED, "barley", "hops", 1, 1},
			{"changed", func() (*ent.Post, error) {
				return b.UpdatePost(ctx, p.ID, content.PostChange{Title: new("Distilling"), Body: new("With rye.")})
			}, post.StatusPUBLISHED, "rye distilling", "barley", 1, 1},
			{"in HTML", func() (*ent.Post, error) {
				return b.UpdatePost(ctx, p.ID, content.PostChange{BodyFormat: new(post.BodyFormatHTML)})
			}, post.StatusPUBLISHED, "rye", "barley", 1, 1},
			{"archived", func() (*ent.Post, error) { return b.ArchivePost(ctx, p.ID, nil) }, post.StatusARCHIVED, "", "rye", 0, -1},
			{"changed in the archive", func() (*ent.Post, error) {
				return b.UpdatePost(ctx, p.ID, content.PostChange{Body: new("With oats.")})
			}, post.StatusARCHIVED, "", "oats", 0, -1},
			{"back", func() (*ent.Post, error) { return b.PublishPost(ctx, p.ID, nil) }, post.StatusPUBLISHED, "oats", "rye", 1, 1},
			{"deleted", func() (*ent.Post, error) { return nil, b.DeletePost(ctx, p.ID) }, "", "", "oats", 0, -1},
		} {
			before := b.db.Client().Post.GetX(ctx, p.ID)
			changed, err := step.change()
			if err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if changed != nil && (changed.Status != step.status || changed.UpdatedAt.Before(before.UpdatedAt)) {
				t.Errorf("%s: it is %s, updated %v, before %v", step.name, changed.Status, changed.UpdatedAt, before.UpdatedAt)
			}
			if changed != nil && changed.PublishedAt != nil {
				if published.IsZero() {
					published = *changed.PublishedAt
				}
				if !changed.PublishedAt.Equal(published) {
					t.Errorf("%s: published at %v, first at %v", step.name, changed.PublishedAt, published)
				}
			}
			if step.finds != "" && len(b.found(nil, step.finds)) != 1 {
				t.Errorf("%s: search for %q finds %q", step.name, step.finds, b.found(nil, step.finds))
			}
			// Not even its author finds what is not published.
			if got := b.found(b.author, step.misses); got != nil {
				t.Errorf("%s: search for %q finds %q", step.name, step.misses, got)
			}
			if indexed := b.indexed(p); indexed != step.listed {
				t.Errorf("%s: search reads %d rows of it", step.name, indexed)
			}
			if listed, tagged := b.listed(), b.tagged("beer"); listed != step.listed || tagged != step.tagged {
				t.Errorf("%s: %d posts are listed, %d under the tag, want %d and %d", step.name, listed, tagged, step.listed, step.tagged)
			}
		}
	})
}

// TestRendered wants what is made of a body to follow it.
func TestRendered(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx := b.as(b.author)
		p, err := b.CreatePost(ctx, content.NewPost{Title: " A title ", Body: "Some *text*."})
		b.ok(err)
		if *p.Title != "A title" || p.BodyHTML != "<p>Some <em>text</em>.</p>\n" || p.Excerpt != "Some text." || p.AuthorID != b.author.ID {
			t.Errorf("written: %+v", p)
		}
		p, err = b.UpdatePost(ctx, p.ID, content.PostChange{Body: new("<b>Bold</b> *text*"), BodyFormat: new(post.BodyFormatHTML)})
		b.ok(err)
		if *p.Title != "A title" || p.BodyHTML != "<b>Bold</b> *text*" || p.Excerpt != "Bold *text*" {
			t.Errorf("updated: %+v", p)
		}
		if stored := b.db.Client().Post.GetX(ctx, p.ID); stored.BodyHTML != p.BodyHTML || stored.Excerpt != p.Excerpt || !stored.UpdatedAt.Equal(p.UpdatedAt) {
			t.Errorf("stored: %+v", stored)
		}
	})
}

// TestBadPost wants all faults of an input told at once, and nothing written.
func TestBadPost(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		_, err := b.CreatePost(b.as(b.author), content.NewPost{
			Title: strings.Repeat("x", 301), Body: " ", Tags: []string{"fine", "not fine"}, Publish: true,
		})
		known, ok := errors.AsType[*apperr.Error](err)
		if !ok || known.Code != apperr.BadUserInput {
			t.Fatalf("got %v", err)
		}
		var paths []string
		for _, f := range known.Fields {
			paths = append(paths, f.Path)
		}
		if diff := cmp.Diff([]string{"input.title", "input.body", "input.tags.1"}, paths); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
		if posts, tags := b.db.Client().Post.Query().CountX(t.Context()), b.db.Client().Tag.Query().CountX(t.Context()); posts+tags > 0 {
			t.Errorf("%d posts and %d tags were written", posts, tags)
		}
	})
}

// TestChangedInBetween has a post changed by somebody who knows an older state
// of it.
func TestChangedInBetween(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx, p := b.as(b.author), b.post("Hops", false)
		old := p.UpdatedAt
		p, err := b.UpdatePost(ctx, p.ID, content.PostChange{Body: new("New"), Expected: &old})
		b.ok(err)
		for name, change := range map[string]func() error{
			"update": func() error {
				_, err := b.UpdatePost(ctx, p.ID, content.PostChange{Body: new("Lost"), Expected: &old})
				return err
			},
			"publish": func() error { _, err := b.PublishPost(ctx, p.ID, &old); return err },
			"archive": func() error { _, err := b.ArchivePost(ctx, p.ID, &old); return err },
			"tags":    func() error { _, err := b.SetPostTags(ctx, p.ID, []string{"beer"}, &old); return err },
		} {
			known, ok := errors.AsType[*apperr.Error](change())
			if !ok || known.Code != apperr.Conflict || known.Current == nil || !known.Current.UpdatedAt.Equal(p.UpdatedAt) {
				t.Errorf("%s: got %+v", name, known)
			}
		}
		if stored := b.db.Client().Post.GetX(ctx, p.ID); stored.Body != "New" || stored.Status != post.StatusDRAFT {
			t.Errorf("stored: %+v", stored)
		}
	})
}

func TestReply(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx := b.as(b.other)
		p, draft := b.post("Question", true), b.post("Draft", false)
		reply, err := b.ReplyToPost(ctx, p.ID, "An *answer*.")
		b.ok(err)
		if reply.Status != post.StatusPUBLISHED || *reply.ParentID != p.ID || reply.Title != nil || reply.Excerpt != "An answer." {
			t.Errorf("got %+v", reply)
		}
		replies := query.PostList{Path: query.RepliesOfPost}
		if got := b.found(nil, "answer"); len(got) != 1 || b.counted(replies, query.Key(p.ID.ID)) != 1 || b.listed() != 1 {
			t.Errorf("search finds %q; the post has %d replies, and %d posts are listed", got, b.counted(replies, query.Key(p.ID.ID)), b.listed())
		}
		for name, tt := range map[string]struct {
			change func() error
			want   apperr.Code
		}{
			"to a reply":           {func() error { _, err := b.ReplyToPost(ctx, reply.ID, "More"); return err }, apperr.BadUserInput},
			"to another's draft":   {func() error { _, err := b.ReplyToPost(ctx, draft.ID, "More"); return err }, apperr.NotFound},
			"to a draft":           {func() error { _, err := b.ReplyToPost(b.as(b.author), draft.ID, "More"); return err }, apperr.BadUserInput},
			"to nothing":           {func() error { _, err := b.ReplyToPost(ctx, typeid.NewPost(), "More"); return err }, apperr.NotFound},
			"without a text":       {func() error { _, err := b.ReplyToPost(ctx, p.ID, "\n"); return err }, apperr.BadUserInput},
			"by nobody":            {func() error { _, err := b.ReplyToPost(b.as(nil), p.ID, "More"); return err }, apperr.Unauthenticated},
			"a reply with a title": {func() error { _, err := b.UpdatePost(ctx, reply.ID, content.PostChange{Title: new("T")}); return err }, apperr.BadUserInput},
			"a reply with tags":    {func() error { _, err := b.SetPostTags(ctx, reply.ID, []string{"beer"}, nil); return err }, apperr.BadUserInput},
		} {
			if got := code(tt.change()); got != tt.want {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
		}

		// A reply goes out of sight with its post, except for those who see that.
		_, err = b.ArchivePost(b.as(b.author), p.ID, nil)
		b.ok(err)
		for name, tt := range map[string]struct {
			viewer *ent.User
			want   int
		}{"nobody": {nil, 0}, "author of the reply": {b.other, 0}, "author of the post": {b.author, 1}, "moderator": {b.moderator, 1}} {
			if got := b.found(tt.viewer, "answer"); len(got) != tt.want {
				t.Errorf("%s finds %q", name, got)
			}
		}
	})
}

// TestDeletePost wants replies and comments to go with their post, and what is
// not about it to stay.
func TestDeletePost(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		gone, kept := b.post("Gone", true, "beer"), b.post("Kept", true, "beer")
		for _, p := range []*ent.Post{gone, kept} {
			reply, err := b.ReplyToPost(b.as(b.other), p.ID, "Answer to "+*p.Title)
			b.ok(err)
			_, err = b.AddComment(b.as(b.other), reply.ID, "A comment")
			b.ok(err)
			_, err = b.VotePost(b.as(b.other), p.ID, 1)
			b.ok(err)
		}
		b.ok(b.DeletePost(b.as(b.author), gone.ID))
		if diff := cmp.Diff([]string{"Answer to Kept", "Kept"}, b.found(nil, "kept or gone")); diff != "" {
			t.Errorf("search (-want +got):\n%s", diff)
		}
		ctx, c := t.Context(), b.db.Client()
		if posts, comments, votes := c.Post.Query().CountX(ctx), c.Comment.Query().CountX(ctx), c.Vote.Query().CountX(ctx); posts != 2 || comments != 1 || votes != 1 {
			t.Errorf("%d posts, %d comments and %d votes are left", posts, comments, votes)
		}
		if n := b.tagged("beer"); n != 1 {
			t.Errorf("the tag has %d posts", n)
		}
		if err := b.DeletePost(b.as(b.author), gone.ID); code(err) != apperr.NotFound {
			t.Errorf("once more: %v", err)
		}
	})
}
