package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// TestSecretsStayOut sends passwords and tokens in every way that succeeds and
// that fails, with the store there and away, and looks for them in the log, in
// errors and in what GraphQL-Explain shows.
func TestSecretsStayOut(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		s := graphtest.Start(t, db)
		const marker = "MARKER-of-a-password"
		secrets := []string{marker}
		send := func(token, query string, variables map[string]any) *graphtest.Answer {
			header := http.Header{"Cookie": {"session=" + marker}, "X-Api-Key": {marker}}
			if token != "" {
				header.Set("Authorization", "Bearer "+token)
			}
			answer := s.Send(t, header, query, variables)
			for _, e := range answer.Errors {
				for _, secret := range secrets {
					if strings.Contains(e.Message+fmt.Sprint(e.Extensions), secret) {
						t.Errorf("%.60q: an error shows a secret: %+v", query, e)
					}
				}
			}
			for _, statement := range answer.Extensions.Explain.Statements {
				if strings.Contains(statement.SQL, marker) {
					t.Errorf("an explained statement shows a secret: %s", statement.SQL)
				}
			}
			return answer
		}
		const signUp = `mutation ($in: SignUpInput!) { g: signUp(input: $in) { accessToken refreshToken } }`
		const signIn = `mutation ($l: String!, $p: String!) { g: signIn(input: {login: $l, password: $p}) { accessToken refreshToken } }`
		const trade = `mutation ($t: String!) { g: refreshToken(input: {refreshToken: $t}) { accessToken refreshToken } }`
		up := map[string]any{"username": "ada", "email": "ada@example.org", "password": marker}
		type granted struct{ G graphtest.Grant }
		grant := read[granted](t, send("", signUp, map[string]any{"in": up})).G
		secrets = append(secrets, grant.AccessToken, grant.RefreshToken, strings.Split(grant.AccessToken, ".")[2])
		made := read[struct{ CreateAccessToken struct{ Token string } }](t, send(grant.AccessToken,
			`mutation { createAccessToken(input: {name: "x", scopes: ["write"]}) { token } }`, nil))
		personal := made.CreateAccessToken.Token
		secrets = append(secrets, personal, personal[9:30])

		everything := func() {
			send("", signUp, map[string]any{"in": up})
			send("", signUp, map[string]any{"in": map[string]any{"username": "b", "email": "b@c.de", "password": marker + strings.Repeat("x", 200)}})
			send("", signUp, map[string]any{"in": map[string]any{"username": "b", "email": "b@c.de", "password": map[string]any{"x": marker}}})
			send("", signIn, map[string]any{"l": "ada", "p": marker})
			send("", signIn, map[string]any{"l": "ada", "p": marker + "!"})
			send("", signIn, map[string]any{"l": marker, "p": marker})
			send("", signIn, map[string]any{"l": "ada", "p": []any{marker}})
			send("", signIn, map[string]any{"l": "ada"})
			send("", `mutation { signIn(input: {login: "ada", password: "`+marker+`"}) { accessToken } }`, nil)
			send("", trade, map[string]any{"t": grant.RefreshToken + "x"})
			send("", trade, map[string]any{"t": grant.RefreshToken})
			send(grant.AccessToken, whoami, nil)
			send(grant.AccessToken+"x", whoami, nil)
			send(grant.RefreshToken, whoami, nil)
			send(personal, whoami, nil)
			send(personal+"x", whoami, nil)
			send(grant.AccessToken, `mutation ($p: String!) { changePassword(input: {currentPassword: $p, newPassword: $p}) { user { id } } }`, map[string]any{"p": marker})
			send(grant.AccessToken, `mutation ($p: String!) { deleteAccount(input: {currentPassword: $p}) { deletedUserId } }`, map[string]any{"p": marker + "!"})
			send(grant.AccessToken, `mutation ($p: String!) { updateProfile(input: {email: "ada@example.com", currentPassword: $p}) { user { id } } }`, map[string]any{"p": marker + "!"})
		}
		everything()
		if _, err := db.DB().ExecContext(t.Context(), "ALTER TABLE credentials RENAME TO gone"); err != nil {
			t.Fatal(err)
		}
		everything()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		everything()
		log := s.Log.String()
		if !strings.Contains(log, "field failed") {
			t.Error("nothing failed: the test tries nothing")
		}
		for _, secret := range secrets {
			if i := strings.Index(log, secret); i >= 0 {
				t.Errorf("the log shows a secret: …%s…", log[max(i-200, 0):min(i+200, len(log))])
			}
		}
	})
}
