package content_test

import (
	"context"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/query"
)

// TestRights has each kind of viewer try each change, on a post that everybody
// sees and on a draft, with the post's comments. What a viewer does not see is
// NOT_FOUND, and never FORBIDDEN.
func TestRights(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		const (
			yes, unknown, no apperr.Code = "", apperr.NotFound, apperr.Forbidden
			anonymous                    = apperr.Unauthenticated
		)
		reader := b.as(b.author)
		v := auth.FromContext(reader)
		v.Scopes = auth.ScopeRead
		reader = auth.NewContext(reader, v)
		viewers := []context.Context{b.as(nil), b.as(b.other), b.as(b.moderator), reader, b.as(b.author)}
		type codes [5]apperr.Code // in the order of viewers
		for name, tt := range map[string]struct {
			change           func(context.Context, *ent.Post, *ent.Comment) error
			published, draft codes
		}{
			"update": {func(ctx context.Context, p *ent.Post, _ *ent.Comment) error {
				_, err := b.UpdatePost(ctx, p.ID, content.PostChange{Body: new("Changed")})
				return err
			}, codes{anonymous, no, yes, no, yes}, codes{anonymous, unknown, yes, no, yes}},
			"publish": {func(ctx context.Context, p *ent.Post, _ *ent.Comment) error {
				_, err := b.PublishPost(ctx, p.ID, nil)
				return err
			}, codes{anonymous, no, yes, no, yes}, codes{anonymous, unknown, no, no, yes}},
			"archive": {func(ctx context.Context, p *ent.Post, _ *ent.Comment) error {
				_, err := b.ArchivePost(ctx, p.ID, nil)
				return err
			}, codes{anonymous, no, yes, no, yes}, codes{anonymous, unknown, yes, no, yes}},
			"delete": {func(ctx context.Context, p *ent.Post, _ *ent.Comment) error {
				return b.DeletePost(ctx, p.ID)
			}, codes{anonymous, no, yes, no, yes}, codes{anonymous, unknown, yes, no, yes}},
			"set tags": {func(ctx context.Context, p *ent.Post, _ *ent.Comment) error {
				_, err := b.SetPostTags(ctx, p.ID, []string{"beer"}, nil)
				return err
			}, codes{anonymous, no, yes, no, yes}, codes{anonymous, unknown, yes, no, yes}},
			"update a comment of the author": {func(ctx context.Context, _ *ent.Post, c *ent.Comment) error {
				_, err := b.UpdateComment(ctx, c.ID, "Changed", nil)
				return err
			}, codes{anonymous, no, no, no, yes}, codes{anonymous, unknown, no, no, yes}},
			"delete a comment of the author": {func(ctx context.Context, _ *ent.Post, c *ent.Comment) error {
				_, err := b.DeleteComment(ctx, c.ID)
				return err
			}, codes{anonymous, no, yes, no, yes}, codes{anonymous, unknown, yes, no, yes}},
		} {
			for i, ctx := range viewers {
				for _, withdrawn := range []bool{false, true} {
					p := b.post("A post", true)
					c, err := b.AddComment(b.as(b.author), p.ID, "A comment")
					b.ok(err)
					want := tt.published[i]
					if withdrawn {
						want = tt.draft[i]
						_, err := b.ArchivePost(b.as(b.author), p.ID, nil)
						b.ok(err)
					}
					if got := code(tt.change(ctx, p, c)); got != want {
						t.Errorf("%s, withdrawn %t, by %+v: got %q, want %q", name, withdrawn, auth.FromContext(ctx), got, want)
					}
				}
			}
		}
	})
}

// TestNobodyWrites wants each change to ask for a viewer first.
func TestNobodyWrites(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx, p := b.as(nil), b.post("A post", true)
		for name, change := range map[string]func() error{
			"create":  func() error { _, err := b.CreatePost(ctx, content.NewPost{}); return err },
			"reply":   func() error { _, err := b.ReplyToPost(ctx, p.ID, ""); return err },
			"comment": func() error { _, err := b.AddComment(ctx, p.ID, ""); return err },
			"vote":    func() error { _, err := b.VotePost(ctx, p.ID, 1); return err },
		} {
			if got := code(change()); got != apperr.Unauthenticated {
				t.Errorf("%s: got %q", name, got)
			}
		}
	})
}

func TestFindViewer(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		for _, login := range []string{"Moderator", b.moderator.ID.String()} {
			v, err := b.FindViewer(t.Context(), login)
			if err != nil || v.ID != b.moderator.ID || v.Role != auth.RoleModerator {
				t.Errorf("%s is %+v, error %v", login, v, err)
			}
		}
		for _, login := range []string{"eve", typeid.NewUser().String(), typeid.NewPost().String()} {
			if _, err := b.FindViewer(t.Context(), login); code(err) != apperr.NotFound {
				t.Errorf("%s: got %v", login, err)
			}
		}
	})
}

// TestUnseenIsUnchanged tries to change posts of every kind as every viewer,
// and comments on them: what a viewer does not see is not there to change.
func TestUnseenIsUnchanged(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		f := b.fixture
		parents := map[string]*ent.Post{"top": nil}
		for _, status := range []post.Status{post.StatusPUBLISHED, post.StatusDRAFT, post.StatusARCHIVED} {
			parents["of another's "+status.String()] = f.Post(b.other, "Parent", status)
			parents["of the author's "+status.String()] = f.Post(b.author, "Parent", status)
		}
		seen, unseen := 0, 0
		for kind, parent := range parents {
			for _, status := range []post.Status{post.StatusPUBLISHED, post.StatusDRAFT, post.StatusARCHIVED} {
				for _, u := range []*ent.User{b.author, b.other, b.moderator} {
					var p *ent.Post
					if parent == nil {
						p = f.Post(b.author, "Post", status)
					} else {
						p = f.Reply(b.author, parent, status)
					}
					c := f.Comment(b.author, p, "Comment")
					ctx, q := b.as(u), query.New(b.db, viewer(u))
					posts, err := query.ByID(ctx, q, query.Posts, query.KeysOf(query.Key(p.ID.ID)), table.PostStatus)
					b.ok(err)
					comments, err := query.ByID(ctx, q, query.Comments, query.KeysOf(query.Key(c.ID.ID)), table.CommentCreatedAt)
					b.ok(err)
					_, err = b.UpdateComment(ctx, c.ID, "Changed", nil)
					comment := code(err) != apperr.NotFound
					_, err = b.SetPostTags(ctx, p.ID, []string{"changed"}, nil)
					if got := code(err) != apperr.NotFound; got != (posts[0] != nil) || comment != (comments[0] != nil) {
						t.Errorf("%s %s as %s: post seen %v, found to change %v; comment seen %v, found to change %v",
							status, kind, u.Username, posts[0] != nil, got, comments[0] != nil, comment)
					}
					if posts[0] == nil {
						unseen++
					} else {
						seen++
					}
				}
			}
		}
		if seen == 0 || unseen == 0 {
			t.Errorf("%d posts were seen, %d were not", seen, unseen)
		}
	})
}
