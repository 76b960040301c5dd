package account_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
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

func TestPersonalTokens(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		ada, eve := b.signUp("ada"), b.signUp("eve")
		db.Client().User.UpdateOneID(ada.User.ID).SetRole(auth.RoleModerator).ExecX(t.Context())
		ctx := b.as(ada.AccessToken)
		for name, in := range map[string]account.NewToken{
			"no name":     {Scopes: []string{"read"}},
			"no scope":    {Name: "x"},
			"bad scope":   {Name: "x", Scopes: []string{"root"}},
			"in the past": {Name: "x", Scopes: []string{"read"}, ExpiresAt: new(b.now)},
			"too far":     {Name: "x", Scopes: []string{"read"}, ExpiresAt: new(b.now.AddDate(2, 0, 0))},
		} {
			_, _, err := b.CreateToken(ctx, in)
			b.wantCode(name, err, apperr.BadUserInput)
		}
		made, token, err := b.CreateToken(ctx, account.NewToken{Name: "script", Scopes: []string{"write"}})
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := b.instance()
		for _, instance := range []*bench{b, elsewhere} {
			v, err := instance.Verify(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			if v.ID != ada.User.ID || v.Kind != auth.KindPersonal || v.Scopes != "read write" {
				t.Errorf("got %+v", v)
			}
			if v.Role != auth.RoleUser {
				t.Errorf("without the scope for it a token has the role %s", v.Role)
			}
		}
		v, err := b.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		script := auth.NewContext(t.Context(), v)
		if err := b.confirm(script); err != nil {
			t.Error(err)
		}
		_, _, err = b.CreateToken(script, account.NewToken{Name: "more", Scopes: []string{"admin"}})
		b.wantCode("a token that makes a token", err, apperr.Forbidden)
		_, err = b.ChangePassword(script, secret, "battery staple horse")
		b.wantCode("a token that changes the password", err, apperr.Forbidden)
		_, err = b.Delete(script, secret, true)
		b.wantCode("a token that deletes the account", err, apperr.Forbidden)
		_, err = b.SignOut(script, true)
		b.wantCode("a token that signs out", err, apperr.Forbidden)
		_, admin, err := b.CreateToken(ctx, account.NewToken{Name: "moderate", Scopes: []string{"admin"}})
		if err != nil {
			t.Fatal(err)
		}
		if v, err := b.Verify(t.Context(), admin); err != nil || v.Role != auth.RoleModerator {
			t.Errorf("with the scope for it a token has the role %s, %v", v.Role, err)
		}

		b.wantCode("another's token", b.RevokeToken(b.as(eve.AccessToken), made.ID), apperr.NotFound)
		if err := b.RevokeToken(ctx, made.ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Verify(t.Context(), token)
		b.wantCode("revoked", err, apperr.Unauthenticated)
		b.wantCode("mutation with the revoked", b.confirm(script), apperr.Unauthenticated)
		if err := elsewhere.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = elsewhere.Verify(t.Context(), token)
		b.wantCode("revoked, on another instance", err, apperr.Unauthenticated)
		b.wantCode("revoked twice", b.RevokeToken(ctx, made.ID), apperr.NotFound)
		b.now = b.now.Add(31 * 24 * time.Hour)
		_, err = b.Verify(t.Context(), admin)
		b.wantCode("expired", err, apperr.Unauthenticated)
	})
}

func TestOutsideSubjectsAreLinked(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		id := access.Identity{Issuer: "https://a.example", Subject: "7", Scopes: "read write", Until: b.now.Add(time.Hour)}
		first, err := b.FindOutside(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.instance().FindOutside(t.Context(), id)
		if err != nil || again != first {
			t.Errorf("got %+v and then %+v, %v", first, again, err)
		}
		id.Issuer = "https://b.example"
		other, err := b.FindOutside(t.Context(), id)
		if err != nil || other.ID == first.ID {
			t.Errorf("the same subject of another issuer is the same user, %v", err)
		}
		ctx := auth.NewContext(t.Context(), first)
		if _, err := b.ChangePassword(ctx, "", secret); err != nil {
			t.Errorf("a first password: %v", err)
		}
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
