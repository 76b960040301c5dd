package graphtest

import (
	"encoding/json"
	"net/http"
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
	return newIdentity(t, db, cheap()).accounts
}

// Bearer posts an operation with an access token; "" is none.
func (s *Server) Bearer(t testing.TB, token, query string, variables map[string]any) *Answer {
	t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return s.Send(t, header, query, variables)
}

// Grant is what signing in answers.
type Grant struct {
	AccessToken, RefreshToken string
	User                      struct{ ID, Username string }
}

// Password is that of the users whom SignUp makes.
const Password = "correct horse battery"

// SignUp makes a user, signed in.
func (s *Server) SignUp(t testing.TB, username string) Grant {
	t.Helper()
	answer := s.Bearer(t, "", `mutation ($in: SignUpInput!) {
		signUp(input: $in) { accessToken refreshToken user { id username } }
	}`, map[string]any{"in": map[string]any{"username": username, "email": username + "@example.org", "password": Password}})
	if len(answer.Errors) > 0 {
		t.Fatalf("sign up: %s", answer.Body)
	}
	var data struct{ SignUp Grant }
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		t.Fatal(err)
	}
	return data.SignUp
}

// cheap is the cost of passwords that most tests want.
func cheap() password.Params { return password.Params{Memory: 64, Time: 1, Threads: 1} }

// newIdentity makes keys of its own.
func newIdentity(t testing.TB, db *database.Database, cost password.Params) identity {
	t.Helper()
	ring, err := keyring.OpenOrCreate(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := password.NewHasher(password.Options{Params: cost})
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
