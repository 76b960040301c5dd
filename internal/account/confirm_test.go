package account_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/statement"
)

// writer writes as the holders of credentials do by mutations.
type writer struct {
	*bench
	content *content.Content
	post    *ent.Post
}

func newWriter(t *testing.T, db *database.Database) *writer {
	b := setup(t, db)
	b.t = t
	f := graphtest.NewFixture(t, db)
	author := f.User("author", auth.RoleUser)
	return &writer{b, content.New(db), f.Post(author, "First", post.StatusPUBLISHED)}
}

// comments says how many there are on the post.
func (w *writer) comments() int {
	w.t.Helper()
	n, err := w.db.Client().Comment.Query().Count(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// comment writes one, in a transaction that is one round trip.
func (w *writer) comment(ctx context.Context, body string) (*ent.Comment, error) {
	got, err := w.Confirmed(ctx, auth.FromContext(ctx), func(ctx context.Context, v auth.Viewer) (any, error) {
		return w.content.AddComment(auth.NewContext(ctx, v), w.post.ID, body)
	})
	made, _ := got.(*ent.Comment)
	return made, err
}

// archive changes the post, in a transaction that reads it first.
func (w *writer) archive(ctx context.Context) error {
	_, err := w.Confirmed(ctx, auth.FromContext(ctx), func(ctx context.Context, v auth.Viewer) (any, error) {
		return w.content.ArchivePost(auth.NewContext(ctx, v), w.post.ID, nil)
	})
	return err
}

// TestConfirmedWritesForWhoHolds writes with each kind of credential, and reads
// the author of what was written from what was asked on the way.
func TestConfirmedWritesForWhoHolds(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		w := newWriter(t, db)
		session := w.as(w.signUp("ada").AccessToken)
		ada := auth.FromContext(session).ID
		_, text, err := w.CreateToken(session, account.NewToken{Name: "script", Scopes: []string{"write"}})
		if err != nil {
			t.Fatal(err)
		}
		personal, err := w.Verify(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		external := auth.NewContext(t.Context(), auth.Viewer{ID: ada, Role: auth.RoleUser, Scopes: auth.AllScopes, Kind: auth.KindExternal})
		for i, ctx := range []context.Context{session, auth.NewContext(t.Context(), personal), external} {
			var made statement.Recorder
			c, err := w.comment(statement.NewContext(ctx, &made), "Yes")
			if err != nil {
				t.Fatalf("credential %d: %v", i, err)
			}
			if author := c.Edges.Author; c.AuthorID != ada || author == nil || author.Username != "ada" || author.CreatedAt.IsZero() {
				t.Errorf("credential %d: the author is %+v", i, author)
			}
			if made.Count() != 2 { // with confirm
				t.Errorf("credential %d took %d statements", i, made.Count())
			}
		}
		if n := w.comments(); n != 3 {
			t.Errorf("there are %d comments", n)
		}
	})
}

// TestConfirmedRefuses shows credentials that hold no longer, to an instance that
// has not heard of it.
func TestConfirmedRefuses(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		w := newWriter(t, db)
		for name, end := range map[string]func(ctx context.Context, v auth.Viewer) error{
			"revoked": func(ctx context.Context, v auth.Viewer) error {
				return db.Client().Session.UpdateOneID(typeid.SessionFrom(v.Credential)).SetRevokedAt(w.now).Exec(ctx)
			},
			"expired": func(ctx context.Context, v auth.Viewer) error {
				return db.Client().Session.UpdateOneID(typeid.SessionFrom(v.Credential)).SetExpiresAt(w.now.Add(-time.Second)).Exec(ctx)
			},
			"gone": func(ctx context.Context, v auth.Viewer) error {
				return db.Client().User.DeleteOneID(v.ID).Exec(ctx)
			},
		} {
			ctx := w.as(w.signUp(name).AccessToken)
			if err := end(t.Context(), auth.FromContext(ctx)); err != nil {
				t.Fatal(err)
			}
			_, err := w.comment(ctx, "Yes")
			w.wantCode(name+" writes", err, apperr.Unauthenticated)
			w.wantCode(name+" reads and writes", w.archive(ctx), apperr.Unauthenticated)
			_, err = w.comment(ctx, "")
			w.wantCode(name+" writes nothing", err, apperr.Unauthenticated)
		}
		owner, thief := w.as(w.signUp("owner").AccessToken), w.signUp("thief")
		stolen := auth.FromContext(owner)
		stolen.ID = thief.User.ID
		_, err := w.comment(auth.NewContext(t.Context(), stolen), "Yes")
		w.wantCode("a session of another user", err, apperr.Unauthenticated)
		_, err = w.comment(owner, "")
		w.wantCode("no text", err, apperr.BadUserInput)
		if n := w.comments(); n != 0 {
			t.Errorf("there are %d comments", n)
		}
		if p := db.Client().Post.GetX(t.Context(), w.post.ID); p.Status != post.StatusPUBLISHED {
			t.Errorf("the post is %s", p.Status)
		}
	})
}

// TestConfirmedKnowsTheRole changes the role that a token gives.
func TestConfirmedKnowsTheRole(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		w := newWriter(t, db)
		ada := w.signUp("ada")
		asUser := w.as(ada.AccessToken)
		w.wantCode("a user", w.archive(asUser), apperr.Forbidden)
		db.Client().User.UpdateOneID(ada.User.ID).SetRole(auth.RoleModerator).ExecX(t.Context())
		scripted := auth.FromContext(asUser)
		scripted.Scopes = auth.Scopes(auth.ScopeWrite)
		w.wantCode("a moderator's credential without the rights of the role", w.archive(auth.NewContext(t.Context(), scripted)), apperr.Forbidden)
		if err := w.archive(asUser); err != nil {
			t.Errorf("a moderator with the token of a user: %v", err)
		}
		asModerator, err := w.Refresh(t.Context(), ada.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		db.Client().Post.UpdateOneID(w.post.ID).SetStatus(post.StatusPUBLISHED).ExecX(t.Context())
		db.Client().User.UpdateOneID(ada.User.ID).SetRole(auth.RoleUser).ExecX(t.Context())
		w.wantCode("a user with the token of a moderator", w.archive(w.as(asModerator.AccessToken)), apperr.Forbidden)
		if p := db.Client().Post.GetX(t.Context(), w.post.ID); p.Status != post.StatusPUBLISHED {
			t.Errorf("the post is %s", p.Status)
		}
	})
}

// TestConfirmedKeepsWhatIsUnknown loses the connection with an answer: that the
// write may be there must not be hidden by the failure of what is asked then.
func TestConfirmedKeepsWhatIsUnknown(t *testing.T) {
	cluster := dbtest.Postgres(t)
	if cluster.Node == nil {
		t.Skip("the server is somebody else's")
	}
	proxy := dbtest.NewProxy(t, cluster.Node)
	w := newWriter(t, dbtest.OpenURL(t, proxy.URL(dbtest.NameOf(dbtest.NewURL(t, "postgres")))))
	ctx := w.as(w.signUp("ada").AccessToken)
	if _, err := w.comment(ctx, "Yes"); err != nil {
		t.Fatal(err)
	}
	proxy.CutWhen(func(sent []byte) bool { return bytes.Contains(sent, []byte("Perhaps")) })
	if _, err := w.comment(ctx, "Perhaps"); !database.IsOutcomeUnknown(err) {
		t.Errorf("got %v, want that the outcome is not known", err)
	}
}
