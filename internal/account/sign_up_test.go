package account_test

import (
	"testing"

	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/dbtest"
)

// TestAskingWhatIsTakenCostsAPassword fills the gate: whoever asks must have
// room in it like everybody else.
func TestAskingWhatIsTakenCostsAPassword(t *testing.T) {
	b := setup(t, dbtest.Open(t, "sqlite"))
	b.signUp("ada")
	hasher, err := password.NewHasher(password.Options{
		Params: password.Params{Memory: 64, Time: 1, Threads: 1}, Slots: 1, Queue: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := access.NewSigner(b.options)
	if err != nil {
		t.Fatal(err)
	}
	full, err := account.New(account.Options{
		Database: b.db, Passwords: hasher, Signer: signer, Revoked: access.NewRevocations(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, leave, err := full.Admit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	_, err = full.SignUp(t.Context(), account.NewAccount{Username: "ada", Email: "b@example.org", Password: secret})
	b.wantCode("a name that is taken", err, apperr.Overloaded)
}
