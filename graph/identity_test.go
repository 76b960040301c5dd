package graph_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/server"
)

// eachExecutor runs a test on both stores and on both executors.
func eachExecutor(t *testing.T, test func(t *testing.T, s *graphtest.Server)) {
	for _, store := range dbtest.Stores() {
		t.Run(store+"/breadth-first", func(t *testing.T) {
			test(t, graphtest.Start(t, dbtest.Open(t, store), graphtest.WithSchema(graphtest.BreadthFirst)))
		})
		t.Run(store+"/gqlgen", func(t *testing.T) {
			test(t, graphtest.Start(t, dbtest.Open(t, store), graphtest.WithSchema(graph.NewStockSchema)))
		})
	}
}

func read[T any](t *testing.T, answer *graphtest.Answer) T {
	t.Helper()
	if len(answer.Errors) > 0 {
		t.Fatalf("unexpected errors: %s", answer.Body)
	}
	var data T
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		t.Fatal(err)
	}
	return data
}

const whoami = `{ viewer { username email } }`

func TestLifeOfASession(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		up := s.SignUp(t, "ada")
		type viewer struct {
			Viewer *struct{ Username, Email string }
		}
		if got := read[viewer](t, s.Bearer(t, up.AccessToken, whoami, nil)); got.Viewer == nil || got.Viewer.Email != "ada@example.org" {
			t.Errorf("viewer is %+v", got.Viewer)
		}
		if got := read[viewer](t, s.Bearer(t, "", whoami, nil)); got.Viewer != nil {
			t.Errorf("without a token the viewer is %+v", got.Viewer)
		}
		type granted struct{ G graphtest.Grant }
		in := read[granted](t, s.Bearer(t, "", `mutation { g: signIn(input: {login: "ADA@example.org", password: "correct horse battery"}) {
			accessToken expiresAt refreshToken user { id username } } }`, nil)).G
		if in.User.ID != up.User.ID {
			t.Errorf("signed in as %+v", in.User)
		}
		next := read[granted](t, s.Bearer(t, "", fmt.Sprintf(`mutation { g: refreshToken(input: {refreshToken: %q}) {
			accessToken refreshToken user { id } } }`, in.RefreshToken), nil)).G
		if next.RefreshToken == in.RefreshToken {
			t.Error("the refresh token was not rotated")
		}
		s.Bearer(t, next.AccessToken, `mutation { createPost(input: {title: "x", body: "x"}) { post { id } } }`, nil)
		out := s.Bearer(t, next.AccessToken, `mutation { signOut(input: {}) { endedSessions } }`, nil)
		if len(out.Errors) > 0 {
			t.Errorf("sign out: %s", out.Body)
		}
		for name, query := range map[string]string{"query": whoami, "mutation": `mutation { signOut(input: {}) { endedSessions } }`} {
			answer := s.Bearer(t, next.AccessToken, query, nil)
			if answer.Status != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
				t.Errorf("%s after sign-out: %d %q %s", name, answer.Status, answer.Header.Get("WWW-Authenticate"), answer.Body)
			}
		}
		if got := read[viewer](t, s.Bearer(t, up.AccessToken, whoami, nil)); got.Viewer == nil {
			t.Error("the other session ended too")
		}
		deleted := s.Bearer(t, up.AccessToken, `mutation { deleteAccount(input: {currentPassword: "correct horse battery", content: DELETE}) { deletedUserId } }`, nil)
		if !strings.Contains(string(deleted.Data), up.User.ID) {
			t.Errorf("delete account: %s", deleted.Body)
		}
		if code := s.Bearer(t, up.AccessToken, whoami, nil).Code(t); code != "UNAUTHENTICATED" {
			t.Errorf("the deleted: %q", code)
		}
	})
}

func TestWrongPasswordAndUnknownUserAreOneAnswer(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		s.SignUp(t, "ada")
		words := func(login string) string {
			answer := s.Bearer(t, "", `mutation ($l: String!) { signIn(input: {login: $l, password: "wrong horse"}) { accessToken } }`,
				map[string]any{"l": login})
			if answer.Code(t) != "UNAUTHENTICATED" || string(answer.Data) != "null" {
				t.Errorf("%s: %s", login, answer.Body)
			}
			return answer.Errors[0].Message
		}
		if known, unknown := words("ada"), words("eve"); known != unknown {
			t.Errorf("%q and %q", known, unknown)
		}
	})
}

// TestManySignInsAreOneRefusal sends aliases, fragments and mixtures: nothing
// of such an operation is executed.
func TestManySignInsAreOneRefusal(t *testing.T) {
	db := dbtest.Open(t, "sqlite")
	s := graphtest.Start(t, db)
	s.SignUp(t, "ada")
	events := db.Client().AuditEvent.Query().CountX(t.Context())
	const one = `signIn(input: {login: "ada", password: "wrong horse"}) { accessToken }`
	var aliases strings.Builder
	for i := range 1_000 {
		fmt.Fprintf(&aliases, "a%d: %s ", i, one)
	}
	for name, query := range map[string]string{
		"thousand":    "mutation { " + aliases.String() + "}",
		"two":         "mutation { a: " + one + " b: " + one + " }",
		"in fragment": "mutation { a: " + one + " ...F } fragment F on Mutation { b: " + one + " }",
		"inline":      "mutation { a: " + one + " ... { ... on Mutation { b: " + one + " } } }",
		"mixed":       "mutation { " + one + ` refreshToken(input: {refreshToken: "x"}) { accessToken } }`,
		"e-mail":      `mutation { a: updateProfile(input: {name: "b"}) { user { id } } b: updateProfile(input: {name: "c"}) { user { id } } }`,
		"with others": "mutation { " + one + ` signUp(input: {username: "b", email: "b@c.de", password: "correct horse"}) { accessToken } }`,
	} {
		answer := s.Bearer(t, "", query, nil)
		if answer.Status != http.StatusBadRequest || answer.Data != nil || len(answer.Errors) != 1 {
			t.Errorf("%s: %d %.300s", name, answer.Status, answer.Body)
		}
	}
	if n := db.Client().AuditEvent.Query().CountX(t.Context()); n != events {
		t.Errorf("%d attempts were made", n-events)
	}
}

// TestAskingForTakenNames asks for the same name again and again: after some
// times one has to wait, from this address.
func TestAskingForTakenNames(t *testing.T) {
	s := graphtest.Start(t, dbtest.Open(t, "sqlite"))
	s.SignUp(t, "ada")
	const query = `mutation { signUp(input: {username: "ada", email: "x@example.org", password: "correct horse battery"}) { accessToken } }`
	codes := map[string]int{}
	for range 30 {
		codes[s.Bearer(t, "", query, nil).Code(t)]++
	}
	if codes["CONFLICT"] != 21 || codes["RATE_LIMITED"] != 9 {
		t.Errorf("got %v", codes)
	}
	if answer := s.Bearer(t, "", `mutation { signIn(input: {login: "ada", password: "correct horse battery"}) { accessToken } }`, nil); len(answer.Errors) > 0 {
		t.Errorf("signing in: %s", answer.Body)
	}
}

// TestSignInOnAFullDisk is told plainly, while reads go on.
func TestSignInOnAFullDisk(t *testing.T) {
	db := dbtest.Open(t, "sqlite")
	s := graphtest.Start(t, db, graphtest.WithOptions(func(o *server.Options) { o.Ready = db.Ready }))
	s.SignUp(t, "ada")
	full := make([]*sql.Conn, db.MaxConns())
	for i := range full {
		conn, err := db.DB().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
			t.Fatal(err)
		}
		full[i] = conn
	}
	for _, conn := range full {
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var answer *graphtest.Answer
	for range 200 { // until the pages that are there are filled
		answer = s.Bearer(t, "", `mutation { signIn(input: {login: "ada", password: "correct horse battery"}) { accessToken } }`, nil)
		if len(answer.Errors) > 0 {
			break
		}
	}
	if answer.Code(t) != "OVERLOADED" || !strings.Contains(answer.Errors[0].Message, "disk of the database is full") {
		t.Errorf("signing in: %.400s", answer.Body)
	}
	read[struct{ Users struct{ TotalCount int } }](t, s.Bearer(t, "", `{ users { totalCount } }`, nil))
	for path, want := range map[string]int{"/readyz": http.StatusServiceUnavailable, "/livez": http.StatusOK} {
		response, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, response.StatusCode, want)
		}
	}
}

func TestHostileTokensOverHTTP(t *testing.T) {
	s := graphtest.Start(t, dbtest.Open(t, "sqlite"))
	up := s.SignUp(t, "ada")
	parts := strings.Split(up.AccessToken, ".")
	for name, value := range map[string]string{
		"edited":        "Bearer " + parts[0] + "." + parts[1] + "x." + parts[2],
		"unsigned":      "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + ".",
		"refresh token": "Bearer " + up.RefreshToken,
		"made up":       "Bearer weft_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"empty":         "Bearer ",
		"basic":         "Basic YTpi",
		"64 KB":         "Bearer " + strings.Repeat("a", 64<<10),
	} {
		answer := s.Send(t, http.Header{"Authorization": {value}}, whoami, nil)
		if answer.Status != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` ||
			answer.Code(t) != "UNAUTHENTICATED" || answer.Data != nil {
			t.Errorf("%s: %d %.300s", name, answer.Status, answer.Body)
		}
	}
}

func TestPersonalTokens(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		up := s.SignUp(t, "ada")
		create := func(token, scopes string) *graphtest.Answer {
			return s.Bearer(t, token, `mutation { createAccessToken(input: {name: "script", scopes: [`+scopes+`]}) { token accessToken { id scopes hint } } }`, nil)
		}
		type made struct {
			CreateAccessToken struct {
				Token       string
				AccessToken struct {
					ID     string
					Scopes []string
				}
			}
		}
		reads := read[made](t, create(up.AccessToken, `"read"`)).CreateAccessToken
		writes := read[made](t, create(up.AccessToken, `"write"`)).CreateAccessToken
		if fmt.Sprint(writes.AccessToken.Scopes) != "[read write]" {
			t.Errorf("scopes %v", writes.AccessToken.Scopes)
		}
		if code := create(writes.Token, `"read"`).Code(t); code != "FORBIDDEN" {
			t.Errorf("a token makes a token: %q", code)
		}
		const write = `mutation { createPost(input: {title: "x", body: "x"}) { post { id } } }`
		for token, want := range map[string]string{reads.Token: "FORBIDDEN", writes.Token: "", up.AccessToken: ""} {
			if code := s.Bearer(t, token, write, nil).Code(t); code != want {
				t.Errorf("write with %.20s: %q, want %q", token, code, want)
			}
		}
		if code := s.Bearer(t, writes.Token, `mutation { updateProfile(input: {name: "x"}) { user { id } } }`, nil).Code(t); code != "FORBIDDEN" {
			t.Errorf("profile with the scope write: %q", code)
		}
		listed := s.Bearer(t, up.AccessToken, `{ viewer { accessTokens { id name hint scopes usedAt } } }`, nil)
		if got := string(listed.Data); strings.Count(got, `"script"`) != 2 || strings.Contains(got, reads.Token) {
			t.Errorf("listed %s", got)
		}
		s.SignUp(t, "eve")
		if got := s.Bearer(t, up.AccessToken, `{ user(username: "eve") { accessTokens { id } } }`, nil); string(got.Data) != `{"user":{"accessTokens":null}}` {
			t.Errorf("another's tokens: %s", got.Data)
		}
		s.Bearer(t, up.AccessToken, fmt.Sprintf(`mutation { revokeAccessToken(input: {id: %q}) { revokedAccessTokenId } }`, writes.AccessToken.ID), nil)
		if answer := s.Bearer(t, writes.Token, whoami, nil); answer.Status != http.StatusUnauthorized {
			t.Errorf("a revoked token: %d %s", answer.Status, answer.Body)
		}
	})
}

func TestAuditEvents(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		ada, boss := s.SignUp(t, "ada"), s.SignUp(t, "boss")
		s.DB.Client().User.Update().Where(user.Username("boss")).SetRole(auth.RoleAdmin).ExecX(t.Context())
		const audit = `query ($u: ID, $a: String) { auditEvents(first: 2, userId: $u, after: $a) {
			totalCount pageInfo { hasNextPage endCursor } nodes { id action detail address actor { username } user { username } } edges { cursor } } }`
		for token, want := range map[string]string{"": "UNAUTHENTICATED", ada.AccessToken: "FORBIDDEN", boss.AccessToken: "FORBIDDEN"} {
			answer := s.Bearer(t, token, audit, nil)
			if answer.Code(t) != want || string(answer.Data) != `{"auditEvents":null}` {
				t.Errorf("%.10s: %s", token, answer.Body)
			}
		}
		// The role is new: mutations know at once, queries with the next token.
		promote := s.Bearer(t, boss.AccessToken, fmt.Sprintf(`mutation { setUserRole(input: {userId: %q, role: MODERATOR}) { user { role } } }`, ada.User.ID), nil)
		if len(promote.Errors) > 0 {
			t.Fatalf("set role: %s", promote.Body)
		}
		type granted struct{ G graphtest.Grant }
		boss = read[granted](t, s.Bearer(t, "", fmt.Sprintf(`mutation { g: refreshToken(input: {refreshToken: %q}) { accessToken } }`, boss.RefreshToken), nil)).G
		type page struct {
			AuditEvents struct {
				TotalCount int
				PageInfo   struct {
					HasNextPage bool
					EndCursor   string
				}
				Nodes []struct {
					Action, Detail, Address string
					Actor, User             *struct{ Username string }
				}
			}
		}
		first := read[page](t, s.Bearer(t, boss.AccessToken, audit, nil)).AuditEvents
		if first.TotalCount != 3 || !first.PageInfo.HasNextPage || len(first.Nodes) != 2 {
			t.Fatalf("first page %+v", first)
		}
		if n := first.Nodes[0]; n.Action != "ROLE_CHANGED" || n.Actor.Username != "boss" || n.User.Username != "ada" ||
			n.Detail != "USER to MODERATOR" || n.Address == "" {
			t.Errorf("newest event %+v", n)
		}
		second := read[page](t, s.Bearer(t, boss.AccessToken, audit, map[string]any{"a": first.PageInfo.EndCursor})).AuditEvents
		if second.PageInfo.HasNextPage || len(second.Nodes) != 1 || second.Nodes[0].Action != "SIGNED_UP" {
			t.Errorf("second page %+v", second)
		}
		adas := read[page](t, s.Bearer(t, boss.AccessToken, audit, map[string]any{"u": ada.User.ID})).AuditEvents
		if adas.TotalCount != 2 {
			t.Errorf("ada's events %+v", adas)
		}
	})
}

// TestReplayIsAudited replays a refresh token after its time.
func TestReplayIsAudited(t *testing.T) {
	db := dbtest.Open(t, "sqlite")
	s := graphtest.Start(t, db)
	up := s.SignUp(t, "ada")
	trade := func(token string) *graphtest.Answer {
		return s.Bearer(t, "", fmt.Sprintf(`mutation { g: refreshToken(input: {refreshToken: %q}) { accessToken refreshToken } }`, token), nil)
	}
	if code := trade(up.RefreshToken).Code(t); code != "" {
		t.Fatal(code)
	}
	db.Client().RefreshToken.Update().SetUsedAt(time.Now().UTC().Add(-refresh.Grace - time.Second)).ExecX(t.Context())
	if code := trade(up.RefreshToken).Code(t); code != "UNAUTHENTICATED" {
		t.Errorf("replay: %q", code)
	}
	if answer := s.Bearer(t, up.AccessToken, whoami, nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("after the replay: %s", answer.Body)
	}
}
