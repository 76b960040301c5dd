package account_test

import (
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

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
		_, err = b.UpdateProfile(script, account.ProfileChange{Username: new("lovelace")})
		b.wantCode("a token that changes the user name", err, apperr.Forbidden)
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
		if shown, err := b.Tokens(ctx); err != nil || len(shown) != 0 {
			t.Errorf("tokens that have expired are shown: %v, %v", shown, err)
		}
		for range 50 { // with the expired ones they would be too many
			if _, _, err := b.CreateToken(ctx, account.NewToken{Name: "x", Scopes: []string{"read"}}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestExternalSubjectsAreLinked(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		id := access.Identity{Issuer: "https://a.example", Subject: "7", Scopes: "profile read write", Until: b.now.Add(time.Hour)}
		first, err := b.FindExternal(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.instance().FindExternal(t.Context(), id)
		if err != nil || again != first {
			t.Errorf("got %+v and then %+v, %v", first, again, err)
		}
		id.Issuer = "https://b.example"
		other, err := b.FindExternal(t.Context(), id)
		if err != nil || other.ID == first.ID {
			t.Errorf("the same subject of another issuer is the same user, %v", err)
		}
		ctx := auth.NewContext(t.Context(), first)
		if _, err := b.ChangePassword(ctx, "", secret); err != nil {
			t.Errorf("a first password: %v", err)
		}
	})
}
