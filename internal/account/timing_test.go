package account_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

// TestUnknownUserTakesAsLong measures whole sign-ins with the real cost of a
// password and logs the quartiles. It fails only where one path skips the
// work: what a busy machine measures is no ground for more.
func TestUnknownUserTakesAsLong(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes for seconds")
	}
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		passwords, err := password.NewHasher(password.Options{})
		if err != nil {
			t.Fatal(err)
		}
		signer, err := access.NewSigner(b.options)
		if err != nil {
			t.Fatal(err)
		}
		accounts, err := account.New(account.Options{Database: db, Passwords: passwords, Signer: signer, Revoked: access.NewRevocations()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := accounts.SignUp(t.Context(), account.NewAccount{Username: "ada", Email: "ada@example.org", Password: secret}); err != nil {
			t.Fatal(err)
		}
		const n = 30
		times := map[string][]time.Duration{}
		logins := append(slices.Repeat([]string{"ada"}, n), slices.Repeat([]string{"nobody"}, n)...)
		// In an order without a pattern, or the collector's beat falls on one of
		// them; each from an address of its own, so that none has to wait.
		rand.Shuffle(len(logins), func(i, j int) { logins[i], logins[j] = logins[j], logins[i] })
		for i, login := range logins {
			ctx := auth.WithAddress(t.Context(), netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
			start := time.Now()
			if _, err := accounts.SignIn(ctx, login, "wrong horse"); err == nil {
				t.Fatal("signed in")
			}
			times[login] = append(times[login], time.Since(start))
		}
		for login := range times {
			slices.Sort(times[login])
			t.Logf("%-6s: quartiles %v %v %v", login, times[login][n/4], times[login][n/2], times[login][3*n/4])
		}
		known, unknown := times["ada"][n/2], times["nobody"][n/2]
		if known > 4*unknown || unknown > 4*known {
			t.Errorf("a known user takes %v, an unknown one %v", known, unknown)
		}
	})
}
