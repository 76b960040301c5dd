package graphtest

import (
	"path/filepath"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/keyring"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/database"
)

// identity is what a server needs to know who asks.
type identity struct {
	accounts *account.Accounts
	bearer   auth.Bearer
}

// Accounts returns the operations on the accounts in db, with keys of their
// own. Passwords cost next to nothing.
func Accounts(t testing.TB, db *database.Database) *account.Accounts {
	t.Helper()
	return newIdentity(t, db).accounts
}

// newIdentity makes keys of its own; passwords cost next to nothing.
func newIdentity(t testing.TB, db *database.Database) identity {
	t.Helper()
	ring, err := keyring.OpenOrCreate(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := password.NewHasher(password.Options{Params: password.Params{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	options := access.Options{Keys: ring, Issuer: "weft", Audience: "weft", Revoked: access.NewRevocations()}
	signer, err := access.NewSigner(options)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := access.NewVerifier(options)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := account.New(account.Options{Database: db, Passwords: hasher, Signer: signer, Revoked: options.Revoked})
	if err != nil {
		t.Fatal(err)
	}
	return identity{accounts, auth.Bearer{Access: verifier, Personal: accounts}}
}
