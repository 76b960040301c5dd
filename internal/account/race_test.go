package account_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// atOnce counts the codes that n calls at the same time end with; "" is none.
func atOnce(n int, do func(i int) error) map[apperr.Code]int {
	var mu sync.Mutex
	var calls sync.WaitGroup
	codes := map[apperr.Code]int{}
	for i := range n {
		calls.Go(func() {
			var code apperr.Code
			if err := do(i); err != nil {
				code = apperr.CodeOf(err)
			}
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
		})
	}
	calls.Wait()
	return codes
}

func TestGuessesAtOnceLearnNoMore(t *testing.T) {
	b := setup(t, dbtest.Open(t, "sqlite"))
	b.signUp("ada")
	got := atOnce(30, func(int) error {
		_, err := b.SignIn(t.Context(), "ada", "wrong horse")
		return err
	})
	if diff := cmp.Diff(map[apperr.Code]int{apperr.Unauthenticated: 4, apperr.RateLimited: 26}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRacingSignOutsEndASessionOnce(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		ctx := b.as(b.signUp("ada").AccessToken)
		got := atOnce(12, func(i int) error {
			_, err := b.SignOut(ctx, i%2 == 0)
			return err
		})
		if diff := cmp.Diff(map[apperr.Code]int{"": 12}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRacingTokensKeepTheLimit(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		ada := b.signUp("ada")
		ctx := b.as(ada.AccessToken)
		got := atOnce(60, func(int) error {
			_, _, err := b.CreateToken(ctx, account.NewToken{Name: "script", Scopes: []string{auth.ScopeRead}})
			return err
		})
		if diff := cmp.Diff(map[apperr.Code]int{"": 50, apperr.Conflict: 10}, got); diff != "" {
			t.Error(diff)
		}
		if n := db.Client().AccessToken.Query().Where(accesstoken.UserID(ada.User.ID)).CountX(t.Context()); n != 50 {
			t.Errorf("there are %d tokens", n)
		}
	})
}

func TestAdministratorsCannotAllTakeEachOthersRole(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		viewers := make([]auth.Viewer, 2)
		for i, name := range []string{"ada", "bob"} {
			viewers[i] = auth.Viewer{
				ID: b.signUp(name).User.ID, Role: auth.RoleAdmin, Scopes: auth.AllScopes, Kind: auth.KindSession,
			}
			db.Client().User.UpdateOneID(viewers[i].ID).SetRole(auth.RoleAdmin).ExecX(t.Context())
		}
		got := atOnce(2, func(i int) error {
			_, err := b.SetRole(auth.NewContext(t.Context(), viewers[i]), viewers[1-i].ID, auth.RoleUser)
			return err
		})
		if diff := cmp.Diff(map[apperr.Code]int{"": 1, apperr.Forbidden: 1}, got); diff != "" {
			t.Error(diff)
		}
		if n := db.Client().User.Query().Where(user.RoleEQ(auth.RoleAdmin)).CountX(t.Context()); n != 1 {
			t.Errorf("there are %d administrators", n)
		}
	})
}
