package graph_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/graphtest"
)

type sessionList struct {
	Viewer struct {
		Sessions []struct {
			ID, Address, UserAgent string
			Current                bool
		}
	}
}

const sessions = `{ viewer { sessions { id address userAgent current createdAt usedAt expiresAt } } }`

// TestSessions lists the sessions of a user, and ends one of them from
// another.
func TestSessions(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		phone := s.SignUp(t, "ada")
		eve := s.SignUp(t, "eve")
		type granted struct{ G graphtest.Grant }
		laptop := read[granted](t, s.Send(t, http.Header{"User-Agent": {"Laptop\t/1.0"}},
			`mutation { g: signIn(input: {login: "ada", password: "correct horse battery"}) { accessToken refreshToken } }`, nil)).G
		list := read[sessionList](t, s.Bearer(t, laptop.AccessToken, sessions, nil)).Viewer.Sessions
		if len(list) != 2 || !list[0].Current || list[1].Current || list[0].UserAgent != "Laptop/1.0" || list[0].Address != "127.0.0.1" {
			t.Fatalf("sessions %+v", list)
		}
		end := func(token, id string) string {
			return s.Bearer(t, token, `mutation ($id: ID!) { revokeSession(input: {id: $id}) { revokedSessionId } }`, map[string]any{"id": id}).Code(t)
		}
		if code := end(eve.AccessToken, list[1].ID); code != "NOT_FOUND" {
			t.Errorf("another's session: %q", code)
		}
		if code := end(laptop.AccessToken, list[1].ID); code != "" {
			t.Errorf("one's own: %q", code)
		}
		if code := end(laptop.AccessToken, list[1].ID); code != "NOT_FOUND" {
			t.Errorf("again: %q", code)
		}
		if answer := s.Bearer(t, phone.AccessToken, whoami, nil); answer.Status != http.StatusUnauthorized {
			t.Errorf("the ended session asks: %s", answer.Body)
		}
		refreshed := s.Bearer(t, "", fmt.Sprintf(`mutation { refreshToken(input: {refreshToken: %q}) { accessToken } }`, phone.RefreshToken), nil)
		if code := refreshed.Code(t); code != "UNAUTHENTICATED" {
			t.Errorf("the ended session goes on: %q", code)
		}
		if list := read[sessionList](t, s.Bearer(t, laptop.AccessToken, sessions, nil)).Viewer.Sessions; len(list) != 1 || !list[0].Current {
			t.Errorf("sessions %+v", list)
		}
	})
}

// TestPayloadIsSeenByItsUser asks for what only its user sees in what signing
// in answers; another mutation of the same operation is still anonymous.
func TestPayloadIsSeenByItsUser(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		const user = `user { email accessTokens { id } sessions { current } posts(filter: {status: [DRAFT]}) { totalCount nodes { title viewerCanUpdate } } }`
		const drafts = `{"totalCount":1,"nodes":[{"title":"Draft","viewerCanUpdate":true}]}`
		answer := s.Bearer(t, "", `mutation { signUp(input: {username: "ada", email: "ada@example.org", password: "correct horse battery"}) { `+user+` } }`, nil)
		if want := `{"signUp":{"user":{"email":"ada@example.org","accessTokens":[],"sessions":[{"current":true}],"posts":{"totalCount":0,"nodes":[]}}}}`; string(answer.Data) != want {
			t.Errorf("sign-up: %s", answer.Body)
		}
		s.Get(t, "ada", `mutation { createPost(input: {title: "Draft", body: "x"}) { post { id } } }`, nil, nil)
		answer = s.Bearer(t, "", `mutation { signIn(input: {login: "ada", password: "correct horse battery"}) { `+user+` refreshToken } }`, nil)
		in := read[struct {
			SignIn struct{ RefreshToken string }
		}](t, answer)
		want := `{"user":{"email":"ada@example.org","accessTokens":[],"sessions":[{"current":true},{"current":false}],"posts":` + drafts + `}`
		if got := string(answer.Data); got != `{"signIn":`+want+`,"refreshToken":"`+in.SignIn.RefreshToken+`"}}` {
			t.Errorf("sign-in: %s", got)
		}
		answer = s.Bearer(t, "", fmt.Sprintf(`mutation { refreshToken(input: {refreshToken: %q}) { `+user+` } createPost(input: {title: "x", body: "x"}) { post { id } } }`,
			in.SignIn.RefreshToken), nil)
		if answer.Code(t) != "UNAUTHENTICATED" || answer.Errors[0].Path[0] != "createPost" {
			t.Errorf("a mutation beside refreshToken: %s", answer.Body)
		}
	})
}

// TestRoleIsTakenElsewhere takes a role, as another instance and as the command
// line do: a server that only reads what was revoked lets its access tokens go
// on without it.
func TestRoleIsTakenElsewhere(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		boss := s.SignUp(t, "boss")
		grant := func(role auth.Role) {
			if _, err := account.GrantRole(t.Context(), s.DB, "Boss", role); err != nil {
				t.Fatal(err)
			}
			if err := s.Accounts.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		audit := func() string {
			return s.Bearer(t, boss.AccessToken, `{ auditEvents { totalCount } }`, nil).Code(t)
		}
		if code := audit(); code != "FORBIDDEN" {
			t.Errorf("a user: %q", code)
		}
		grant(auth.RoleAdmin)
		if code := audit(); code != "" {
			t.Errorf("the new administrator: %q", code)
		}
		grant(auth.RoleUser)
		if code := audit(); code != "FORBIDDEN" {
			t.Errorf("the administrator of before: %q", code)
		}
		if events := s.DB.Client().AuditEvent.Query().CountX(t.Context()); events != 3 {
			t.Errorf("there are %d audit events, want one of the sign-up and two of roles", events)
		}
	})
}

// TestRoleThatATokenDoesNotKnow changes a role without telling the server: a
// mutation goes by what the store says, whichever executor runs it.
func TestRoleThatATokenDoesNotKnow(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		ada, f := s.SignUp(t, "ada"), graphtest.NewFixture(t, s.DB)
		eve := f.User("eve", auth.RoleUser)
		said := f.Comment(eve, f.Post(eve, "First", post.StatusPUBLISHED), "Said")
		remove := func() string {
			return s.Bearer(t, ada.AccessToken, `mutation ($id: ID!) { deleteComment(input: {id: $id}) { deletedCommentId } }`,
				map[string]any{"id": said.ID.String()}).Code(t)
		}
		if code := remove(); code != "FORBIDDEN" {
			t.Errorf("a user: %q", code)
		}
		s.DB.Client().User.Update().Where(user.Username("ada")).SetRole(auth.RoleModerator).ExecX(t.Context())
		if code := remove(); code != "" {
			t.Errorf("a moderator with the token of a user: %q", code)
		}
	})
}
