package content_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/query"
)

func TestComment(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx, p := b.as(b.other), b.post("A post", true)
		counted := func() int {
			t.Helper()
			n, err := query.Counts(ctx, query.New(b.db, viewer(nil)), query.CommentList{Path: query.CommentsOfPost}, query.KeysOf(query.Key(p.ID.ID)))
			b.ok(err)
			return n[0]
		}
		made, err := b.AddComment(ctx, p.ID, " Hello ")
		b.ok(err)
		if stored := b.db.Client().Comment.GetX(ctx, made.ID); stored.Body != "Hello" || stored.AuthorID != b.other.ID || stored.PostID != p.ID || counted() != 1 {
			t.Errorf("stored %+v; the post has %d comments", stored, counted())
		}
		first := made.UpdatedAt
		changed, err := b.UpdateComment(ctx, made.ID, "Hello again", &first)
		b.ok(err)
		if changed.Body != "Hello again" || !changed.UpdatedAt.After(first) {
			t.Errorf("changed to %+v", changed)
		}
		known, _ := errors.AsType[*apperr.Error](func() error { _, err := b.UpdateComment(ctx, made.ID, "Lost", &first); return err }())
		if known == nil || known.Code != apperr.Conflict || known.Current.Fields["body"] != "Hello again" {
			t.Errorf("who knows an older state gets %+v", known)
		}
		deleted, err := b.DeleteComment(ctx, made.ID)
		b.ok(err)
		if deleted.ID != made.ID || deleted.PostID != p.ID || counted() != 0 {
			t.Errorf("deleted %+v; the post has %d comments", deleted, counted())
		}
		if _, err := b.DeleteComment(ctx, made.ID); code(err) != apperr.NotFound {
			t.Errorf("once more: %v", err)
		}
	})
}

func TestBadComment(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		p, draft := b.post("A post", true), b.post("A draft", false)
		for name, tt := range map[string]struct {
			on   typeid.Post
			body string
			own  bool
			want apperr.Code
		}{
			"empty":           {p.ID, " ", false, apperr.BadUserInput},
			"too long":        {p.ID, strings.Repeat("x", 2_001), false, apperr.BadUserInput},
			"longest":         {p.ID, strings.Repeat("ü", 2_000), false, ""},
			"on nothing":      {typeid.NewPost(), "Hello", false, apperr.NotFound},
			"on another's":    {draft.ID, "Hello", false, apperr.NotFound},
			"on an own draft": {draft.ID, "Hello", true, apperr.BadUserInput},
		} {
			ctx := b.as(b.other)
			if tt.own {
				ctx = b.as(b.author)
			}
			if _, err := b.AddComment(ctx, tt.on, tt.body); code(err) != tt.want {
				t.Errorf("%s: got %v, want %q", name, err, tt.want)
			}
		}
		if n := b.db.Client().Comment.Query().CountX(t.Context()); n != 1 {
			t.Errorf("%d comments were written", n)
		}
	})
}
