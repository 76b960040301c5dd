package account_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/comment"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/session"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

func TestChangePassword(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		here := b.signUp("ada")
		there, err := b.SignIn(t.Context(), "ada", secret)
		if err != nil {
			t.Fatal(err)
		}
		ctx, elsewhere := b.as(here.AccessToken), b.as(there.AccessToken)
		const fresh = "battery staple horse"
		_, err = b.ChangePassword(ctx, "wrong horse", fresh)
		b.wantCode("wrong current password", err, apperr.Forbidden)
		_, err = b.ChangePassword(ctx, secret, "short")
		b.wantCode("short password", err, apperr.BadUserInput)
		_, err = b.ChangePassword(ctx, secret, secret)
		b.wantCode("same password", err, apperr.BadUserInput)
		_, err = b.ChangePassword(t.Context(), secret, fresh)
		b.wantCode("anonymous", err, apperr.Unauthenticated)
		if _, err := b.ChangePassword(ctx, secret, fresh); err != nil {
			t.Fatal(err)
		}
		if err := b.confirm(ctx); err != nil {
			t.Errorf("the session that changed it: %v", err)
		}
		b.wantCode("another session", b.confirm(elsewhere), apperr.Unauthenticated)
		_, err = b.Refresh(t.Context(), there.RefreshToken)
		b.wantCode("another session's refresh", err, apperr.Unauthenticated)
		_, err = b.SignIn(t.Context(), "ada", secret)
		b.wantCode("old password", err, apperr.Unauthenticated)
		if _, err := b.SignIn(t.Context(), "ada", fresh); err != nil {
			t.Error(err)
		}
	})
}

// TestSignInDoesNotSlipPastAPasswordChange signs in with the old password
// while it is changed: no session of it is left.
func TestSignInDoesNotSlipPastAPasswordChange(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		for round := range 5 {
			here := b.signUp(fmt.Sprintf("ada%d", round))
			ctx := b.as(here.AccessToken)
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					if _, err := b.SignIn(t.Context(), here.User.Username, secret); err != nil && apperr.CodeOf(err) != apperr.Unauthenticated && apperr.CodeOf(err) != apperr.RateLimited {
						t.Error(err)
					}
				})
			}
			wait.Go(func() {
				if _, err := b.ChangePassword(ctx, secret, "battery staple horse"); err != nil {
					t.Error(err)
				}
			})
			wait.Wait()
			open := db.Client().Session.Query().Where(session.UserID(here.User.ID), session.RevokedAtIsNil()).CountX(t.Context())
			if open != 1 {
				t.Errorf("%d sessions are open after the change, want the one that changed it", open)
			}
		}
	})
}

func TestUpdateProfile(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		b.signUp("bob")
		ctx := b.as(b.signUp("ada").AccessToken)
		got, err := b.UpdateProfile(ctx, account.ProfileChange{
			Name: new(" Ada L. "), Bio: new("Counts.\nWrites."), AvatarURL: new("https://example.org/a.png"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != "Ada L." || got.Bio != "Counts.\nWrites." || got.Username != "ada" {
			t.Errorf("got %+v", got)
		}
		for name, tt := range map[string]struct {
			in   account.ProfileChange
			code apperr.Code
		}{
			"name taken":       {account.ProfileChange{Username: new("BOB")}, apperr.Conflict},
			"address taken":    {account.ProfileChange{Email: new("bob@example.org"), Password: new(secret)}, apperr.Conflict},
			"without password": {account.ProfileChange{Email: new("new@example.org")}, apperr.BadUserInput},
			"wrong password":   {account.ProfileChange{Email: new("new@example.org"), Password: new("wrong horse")}, apperr.Forbidden},
			"script for image": {account.ProfileChange{AvatarURL: new("javascript:alert(1)")}, apperr.BadUserInput},
			"http image":       {account.ProfileChange{AvatarURL: new("http://example.org/a.png")}, apperr.BadUserInput},
		} {
			_, err := b.UpdateProfile(ctx, tt.in)
			b.wantCode(name, err, tt.code)
		}
		if _, err := b.UpdateProfile(ctx, account.ProfileChange{Username: new("Lovelace"), Email: new("New@example.org"), Password: new(secret)}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.SignIn(t.Context(), "new@EXAMPLE.org", secret); err != nil {
			t.Error(err)
		}
		if _, err := b.SignIn(t.Context(), "lovelace", secret); err != nil {
			t.Error(err)
		}
	})
}

func TestDeleteAccount(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		for name, everything := range map[string]bool{"kept": false, "deleted": true} {
			b := setup(t, db)
			b.t = t
			ada, bob := b.signUp("ada-"+name), b.signUp("bob-"+name)
			client := db.Client()
			write := func(status post.Status) {
				client.Post.Create().SetAuthorID(ada.User.ID).SetTitle(string(status)).SetBody("x").SetStatus(status).
					SetPublishedAt(b.now).ExecX(t.Context())
			}
			write(post.StatusDRAFT)
			write(post.StatusPUBLISHED)
			others := client.Post.Create().SetAuthorID(bob.User.ID).SetTitle("bob's").SetBody("x").SaveX(t.Context())
			client.Comment.Create().SetAuthorID(ada.User.ID).SetPostID(others.ID).SetBody("x").ExecX(t.Context())
			ctx := b.as(ada.AccessToken)
			elsewhere := b.instance()

			_, err := b.Delete(ctx, "wrong horse", everything)
			b.wantCode("wrong password", err, apperr.Forbidden)
			if id, err := b.Delete(ctx, secret, everything); err != nil || id != ada.User.ID {
				t.Fatal(id, err)
			}
			b.wantCode("mutation of the deleted", b.confirm(ctx), apperr.Unauthenticated)
			_, err = b.verifier.Verify(t.Context(), ada.AccessToken)
			b.wantCode("query of the deleted", err, apperr.Unauthenticated)
			if err := elsewhere.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err = elsewhere.verifier.Verify(t.Context(), ada.AccessToken)
			b.wantCode("query of the deleted, on another instance", err, apperr.Unauthenticated)
			_, err = b.SignIn(t.Context(), ada.User.Username, secret)
			b.wantCode("sign-in of the deleted", err, apperr.Unauthenticated)
			_, err = b.Refresh(t.Context(), ada.RefreshToken)
			b.wantCode("refresh of the deleted", err, apperr.Unauthenticated)

			ghosts := client.Post.Query().Where(post.HasAuthorWith(user.UsernameKey("ghost"))).CountX(t.Context())
			comments := client.Comment.Query().Where(comment.PostID(others.ID)).CountX(t.Context())
			drafts := client.Post.Query().Where(post.Title("DRAFT")).CountX(t.Context())
			wantGhosts, wantComments := 1, 1
			if everything {
				wantGhosts, wantComments = 0, 0
			}
			if ghosts != wantGhosts || comments != wantComments || drafts != 0 {
				t.Errorf("%s: ghost has %d posts, %d comments are left, %d drafts", name, ghosts, comments, drafts)
			}
			client.Post.Delete().ExecX(t.Context())
		}
	})
}

func TestSetRole(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		boss, ada := b.signUp("boss"), b.signUp("ada")
		db.Client().User.UpdateOneID(boss.User.ID).SetRole(auth.RoleAdmin).ExecX(t.Context())
		boss, err := b.Refresh(t.Context(), boss.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		adas := b.as(ada.AccessToken)
		_, err = b.SetRole(adas, boss.User.ID, auth.RoleUser)
		b.wantCode("a user", err, apperr.Forbidden)
		bosses := b.as(boss.AccessToken)
		_, err = b.SetRole(bosses, boss.User.ID, auth.RoleUser)
		b.wantCode("oneself", err, apperr.Forbidden)
		if got, err := b.SetRole(bosses, ada.User.ID, auth.RoleModerator); err != nil || got.Role != auth.RoleModerator {
			t.Fatal(got, err)
		}
		now, err := b.Confirm(adas, auth.FromContext(adas))
		if err != nil || now.Role != auth.RoleModerator {
			t.Errorf("a mutation with the old token sees %+v, %v", now, err)
		}
		refreshed, err := b.Refresh(t.Context(), ada.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		if v := auth.FromContext(b.as(refreshed.AccessToken)); v.Role != auth.RoleModerator {
			t.Errorf("a refreshed token says %s", v.Role)
		}
		if _, err := b.Delete(adas, secret, true); err != nil {
			t.Fatal(err)
		}
		_, err = b.SetRole(bosses, ada.User.ID, auth.RoleUser)
		b.wantCode("a user who is gone", err, apperr.NotFound)
	})
}

func TestAuditOnlyGrows(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		b.signUp("ada")
		for _, statement := range []string{"UPDATE audit_events SET detail = 'x'", "DELETE FROM audit_events"} {
			if _, err := db.DB().ExecContext(t.Context(), statement); err == nil {
				t.Errorf("%s succeeded", statement)
			}
		}
		if n := db.Client().AuditEvent.Query().CountX(t.Context()); n != 1 {
			t.Errorf("%d events are left", n)
		}
	})
}
