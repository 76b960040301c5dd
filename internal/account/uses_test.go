package account_test

import (
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/position"
)

func TestShowingATokenWritesNothing(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		made, token, err := b.CreateToken(b.as(b.signUp("ada").AccessToken), account.NewToken{Name: "script", Scopes: []string{auth.ScopeRead}})
		if err != nil {
			t.Fatal(err)
		}
		used := func() *time.Time {
			t.Helper()
			return db.Client().AccessToken.Query().Where(accesstoken.ID(made.ID)).OnlyX(t.Context()).UsedAt
		}
		show := func() {
			t.Helper()
			var writes position.Recorder
			if _, err := b.Verify(position.NewContext(t.Context(), &writes), token); err != nil || !writes.Last().IsZero() {
				t.Errorf("showing it ends with %v at %s", err, writes.Last())
			}
		}
		first := b.now
		show()
		if at := used(); at != nil {
			t.Errorf("the request wrote that it was used at %s", at)
		}
		for _, step := range []struct {
			after time.Duration
			want  time.Time
		}{
			{0, first}, {30 * time.Minute, first}, {31 * time.Minute, first.Add(61 * time.Minute)},
		} {
			b.now = b.now.Add(step.after)
			show()
			if err := b.WriteUses(t.Context()); err != nil {
				t.Fatal(err)
			}
			if at := used(); at == nil || !at.Equal(step.want) {
				t.Errorf("at %s it was last used at %v, want %s", b.now, at, step.want)
			}
		}
	})
}
