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

// TestExternalTokensDoNotOutgrowTheirScopes tries what would turn a token of
// few scopes into a credential of more.
func TestExternalTokensDoNotOutgrowTheirScopes(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		find := func(scopes auth.Scopes) auth.Viewer {
			v, err := b.FindExternal(t.Context(), access.Identity{
				Issuer: "https://a.example", Subject: "7", Scopes: scopes, Until: b.now.Add(time.Hour),
			})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		db.Client().User.UpdateOneID(find("read").ID).SetRole(auth.RoleAdmin).ExecX(t.Context())

		reads := auth.NewContext(t.Context(), find("read"))
		_, _, err := b.CreateToken(reads, account.NewToken{Name: "script", Scopes: []string{"read"}})
		b.wantCode("a token by a reader", err, apperr.Forbidden)
		_, err = b.ChangePassword(reads, "", secret)
		b.wantCode("a password by a reader", err, apperr.Forbidden)
		_, err = b.Delete(reads, "", true)
		b.wantCode("a deletion by a reader", err, apperr.Forbidden)

		writes := auth.NewContext(t.Context(), find("profile read write"))
		_, _, err = b.CreateToken(writes, account.NewToken{Name: "script", Scopes: []string{"admin"}})
		b.wantCode("a token with the scope that the asker lacks", err, apperr.BadUserInput)
		_, err = b.ChangePassword(writes, "", secret)
		b.wantCode("an administrator's password without the scope", err, apperr.Forbidden)
		if _, _, err := b.CreateToken(writes, account.NewToken{Name: "script", Scopes: []string{"write"}}); err != nil {
			t.Error(err)
		}

		all := auth.NewContext(t.Context(), find(auth.AllScopes))
		if _, err := b.ChangePassword(all, "", secret); err != nil {
			t.Error(err)
		}
	})
}
