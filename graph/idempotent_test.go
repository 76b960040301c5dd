package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// withKey posts a mutation as viewer under an idempotency key.
func withKey(t *testing.T, s *graphtest.Server, viewer, key, mutation string) *graphtest.Answer {
	t.Helper()
	return s.Send(t, http.Header{auth.ViewerHeader: {viewer}, "Idempotency-Key": {key}}, mutation, nil)
}

func TestMutationSentAgain(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		f.User("bob", auth.RoleUser)
		p := f.Post(alice, "Loom", post.StatusPUBLISHED)
		s := graphtest.Start(t, db)
		comments := func() int {
			t.Helper()
			var out struct {
				Post struct{ Comments struct{ TotalCount int } }
			}
			s.Get(t, "", fmt.Sprintf(`{ post(id: %q) { comments { totalCount } } }`, p.ID), nil, &out)
			return out.Post.Comments.TotalCount
		}
		add := fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: "Well said"}) { comment { id body } commentEdge { cursor node { id } } } }`, p.ID)

		first := withKey(t, s, "alice", "k1", add)
		var out struct {
			AddComment struct{ Comment struct{ ID string } }
		}
		if err := json.Unmarshal(first.Data, &out); err != nil || first.Code(t) != "" {
			t.Fatalf("%s, %v", first.Body, err)
		}
		if again := withKey(t, s, "alice", "k1", add); !bytes.Equal(again.Data, first.Data) {
			t.Errorf("first answered %s, then %s", first.Data, again.Body)
		}
		if n := comments(); n != 1 {
			t.Errorf("%d comments, want 1", n)
		}
		// The objects are those of now, and other fields may be asked for.
		s.Get(t, "alice", fmt.Sprintf(`mutation { updateComment(input: {id: %q, body: "Changed"}) { comment { id } } }`, out.AddComment.Comment.ID), nil, nil)
		other := strings.Replace(add, "comment { id body }", "comment { body author { username } }", 1)
		if again := withKey(t, s, "alice", "k1", other); !bytes.Contains(again.Data, []byte(`{"comment":{"body":"Changed","author":{"username":"alice"}}`)) {
			t.Errorf("after a change it answers %s", again.Body)
		}
		if got := withKey(t, s, "alice", "k1", strings.Replace(add, "Well said", "Other", 1)); got.Code(t) != "CONFLICT" {
			t.Errorf("another input under the key: %s", got.Body)
		}
		if got := withKey(t, s, "alice", "k1", `mutation { createPost(input: {title: "a", body: "b"}) { post { id } } }`); got.Code(t) != "CONFLICT" {
			t.Errorf("another mutation under the key: %s", got.Body)
		}
		// Another user's key of the same name is another key.
		if bob := withKey(t, s, "bob", "k1", add); bob.Code(t) != "" || bytes.Equal(bob.Data, first.Data) {
			t.Errorf("another user's answer is %s", bob.Body)
		}
		if n := comments(); n != 2 {
			t.Errorf("%d comments, want 2", n)
		}
		// What is gone is not made again.
		s.Get(t, "alice", fmt.Sprintf(`mutation { deleteComment(input: {id: %q}) { deletedCommentId } }`, out.AddComment.Comment.ID), nil, nil)
		if got := withKey(t, s, "alice", "k1", add); got.Code(t) != "NOT_FOUND" {
			t.Errorf("the comment is gone: %s", got.Body)
		}
		// Failures are not kept.
		gone := strings.Replace(add, p.ID.String(), "post_01h455vb4pex5vsknk084sn02q", 1)
		for range 2 {
			if got := withKey(t, s, "alice", "k2", gone); got.Code(t) != "NOT_FOUND" {
				t.Errorf("a comment on nothing: %s", got.Body)
			}
		}
		if got := withKey(t, s, "alice", "k2", add); got.Code(t) != "" {
			t.Errorf("the key of a failure: %s", got.Body)
		}
	})
}

// Each mutation that takes a key answers the same when it is sent again.
func TestEveryIdempotentMutationSentAgain(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice, bob := f.User("alice", auth.RoleUser), f.User("bob", auth.RoleUser)
		f.User("admin", auth.RoleAdmin)
		p, draft := f.Post(alice, "Loom", post.StatusPUBLISHED), f.Post(alice, "Draft", post.StatusDRAFT)
		doomed := f.Post(alice, "Doomed", post.StatusPUBLISHED)
		c, gone := f.Comment(alice, p, "First"), f.Comment(alice, p, "Second")
		s := graphtest.Start(t, db)
		made := s.SignUp(t, "carl")
		var token struct {
			CreateAccessToken struct{ AccessToken struct{ ID string } }
		}
		answer := s.Bearer(t, made.AccessToken, `mutation { createAccessToken(input: {name: "x", scopes: ["read"]}) { accessToken { id } } }`, nil)
		if err := json.Unmarshal(answer.Data, &token); err != nil {
			t.Fatal(err)
		}
		s.Bearer(t, "", `mutation ($p: String!) { signIn(input: {login: "carl", password: $p}) { user { id } } }`, map[string]any{"p": graphtest.Password})
		var carl struct {
			Viewer struct{ Sessions []struct{ ID string } }
		}
		answer = s.Bearer(t, made.AccessToken, `{ viewer { sessions { id } } }`, nil)
		if err := json.Unmarshal(answer.Data, &carl); err != nil || len(carl.Viewer.Sessions) != 2 {
			t.Fatalf("%s, %v", answer.Body, err)
		}
		tested := map[string]string{
			"createPost":    `(input: {title: "a", body: "b", tags: ["x"], publish: true}) { post { id tags { name } } postEdge { cursor } }`,
			"updatePost":    fmt.Sprintf(`(input: {id: %q, title: "new"}) { post { title updatedAt } }`, p.ID),
			"publishPost":   fmt.Sprintf(`(input: {id: %q}) { post { publishedAt } postEdge { cursor } }`, draft.ID),
			"archivePost":   fmt.Sprintf(`(input: {id: %q}) { post { status updatedAt } }`, draft.ID),
			"deletePost":    fmt.Sprintf(`(input: {id: %q}) { deletedPostId }`, doomed.ID),
			"replyToPost":   fmt.Sprintf(`(input: {postId: %q, body: "b"}) { post { id } replyEdge { cursor } }`, p.ID),
			"setPostTags":   fmt.Sprintf(`(input: {id: %q, tags: ["y"]}) { post { updatedAt tags { name } } }`, p.ID),
			"votePost":      fmt.Sprintf(`(input: {id: %q, value: UP}) { post { score viewerVote } }`, p.ID),
			"addComment":    fmt.Sprintf(`(input: {postId: %q, body: "b"}) { comment { id } commentEdge { cursor } }`, p.ID),
			"updateComment": fmt.Sprintf(`(input: {id: %q, body: "new"}) { comment { updatedAt } }`, c.ID),
			"deleteComment": fmt.Sprintf(`(input: {id: %q}) { deletedCommentId post { id } }`, gone.ID),
			"setUserRole":   fmt.Sprintf(`(input: {userId: %q, role: MODERATOR}) { user { role updatedAt } }`, bob.ID),
		}
		order := []string{"createPost", "updatePost", "publishPost", "archivePost", "deletePost", "replyToPost", "setPostTags", "votePost",
			"addComment", "updateComment", "deleteComment", "setUserRole"}
		for _, name := range order {
			viewer := "alice"
			if name == "setUserRole" {
				viewer = "admin"
			}
			first := withKey(t, s, viewer, name, "mutation { "+name+tested[name]+" }")
			again := withKey(t, s, viewer, name, "mutation { "+name+tested[name]+" }")
			if first.Code(t) != "" || !bytes.Equal(first.Data, again.Data) {
				t.Errorf("%s answers %s, and then %s", name, first.Body, again.Body)
			}
		}
		for name, arguments := range map[string]string{
			"revokeAccessToken": fmt.Sprintf(`(input: {id: %q}) { revokedAccessTokenId }`, token.CreateAccessToken.AccessToken.ID),
			"revokeSession":     fmt.Sprintf(`(input: {id: %q}) { revokedSessionId }`, carl.Viewer.Sessions[0].ID),
		} {
			header := http.Header{"Authorization": {"Bearer " + made.AccessToken}, "Idempotency-Key": {name}}
			first, again := s.Send(t, header, "mutation { "+name+arguments+" }", nil), s.Send(t, header, "mutation { "+name+arguments+" }", nil)
			if first.Code(t) != "" || !bytes.Equal(first.Data, again.Data) {
				t.Errorf("%s answers %s, and then %s", name, first.Body, again.Body)
			}
			tested[name] = arguments
		}
		for _, mutation := range graphtest.BreadthFirst(nil, nil, nil).Schema().Mutation.Fields {
			takes := mutation.Directives.ForName("idempotent") != nil
			if _, ok := tested[mutation.Name]; takes && !ok && mutation.Name != "signOut" { // after which nobody sends it again
				t.Errorf("send %s again in this test", mutation.Name)
			}
			if !takes {
				header := http.Header{auth.ViewerHeader: {"alice"}, "Idempotency-Key": {"k"}}
				got := s.Send(t, header, "mutation M($input: "+mutation.Arguments[0].Type.String()+") { "+mutation.Name+"(input: $input) { __typename } }",
					map[string]any{"input": inputOf[mutation.Name]})
				if got.Code(t) != "BAD_USER_INPUT" || !strings.Contains(got.Errors[0].Message, "Idempotency-Key") {
					t.Errorf("%s with a key: %s", mutation.Name, got.Body)
				}
			}
		}
	})
}

// inputOf are inputs of the mutations that take no key.
var inputOf = map[string]map[string]any{
	"signUp":            {"username": "dora", "email": "dora@example.org", "password": graphtest.Password},
	"signIn":            {"login": "carl", "password": graphtest.Password},
	"refreshToken":      {"refreshToken": ""},
	"updateProfile":     {"bio": "new"},
	"changePassword":    {"currentPassword": "", "newPassword": graphtest.Password},
	"deleteAccount":     {"currentPassword": ""},
	"createAccessToken": {"name": "x", "scopes": []string{"read"}},
}

func TestKeysOfSeveralMutations(t *testing.T) {
	s := graphtest.Start(t, dbtest.Open(t, "sqlite"))
	graphtest.NewFixture(t, s.DB).User("alice", auth.RoleUser)
	both := `mutation { a: createPost(input: {title: "a", body: "b"}) { post { id } } b: createPost(input: {title: "a", body: "b"}) { post { id } } }`
	first, again := withKey(t, s, "alice", "k", both), withKey(t, s, "alice", "k", both)
	var made map[string]struct{ Post struct{ ID string } }
	if err := json.Unmarshal(first.Data, &made); err != nil || made["a"] == made["b"] || !bytes.Equal(first.Data, again.Data) {
		t.Errorf("first %s, then %s", first.Body, again.Body)
	}
	if got := withKey(t, s, "alice", "k", `mutation { createPost(input: {title: "a", body: "b"}) { post { id } } }`); got.Code(t) != "CONFLICT" {
		t.Errorf("one of the two: %s", got.Body)
	}
	for name, keys := range map[string][]string{
		"empty": {""}, "two": {"a", "b"}, "space": {"a b"}, "long": {strings.Repeat("k", 256)}, "no ASCII": {"ä"},
	} {
		got := s.Send(t, http.Header{auth.ViewerHeader: {"alice"}, "Idempotency-Key": keys}, both, nil)
		if got.Code(t) != "BAD_USER_INPUT" || got.Data != nil {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
	if got := withKey(t, s, "alice", "a b", `{ viewer { username } }`); got.Code(t) != "" {
		t.Errorf("a query: %s", got.Body)
	}
}

func TestEqualKeysAtOnceMakeOneRow(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		alice := f.User("alice", auth.RoleUser)
		p := f.Post(alice, "Loom", post.StatusPUBLISHED)
		s := graphtest.Start(t, db)
		add := fmt.Sprintf(`mutation { addComment(input: {postId: %q, body: "Well said"}) { comment { id } } }`, p.ID)
		var mu sync.Mutex
		answers := map[string]int{}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				answer := withKey(t, s, "alice", "k", add)
				mu.Lock()
				defer mu.Unlock()
				answers[string(answer.Data)]++
			})
		}
		all.Wait()
		if len(answers) != 1 {
			t.Errorf("50 equal keys are answered by %v", answers)
		}
		if n := db.Client().Comment.Query().CountX(t.Context()); n != 1 {
			t.Errorf("they made %d comments", n)
		}
	})
}

// TestCommitThatNobodyHeardOf cuts the connection when COMMIT was sent: with a
// key the server finds out by itself; without one the client is told.
func TestCommitThatNobodyHeardOf(t *testing.T) {
	cluster := dbtest.Postgres(t)
	if cluster.Node == nil {
		t.Skip("the server is somebody else's")
	}
	link, err := url.Parse(dbtest.NewURL(t, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := dbtest.NewProxy(t, cluster.Node)
	db := dbtest.OpenURL(t, proxy.URL(strings.TrimPrefix(link.Path, "/"))+"&default_query_exec_mode=cache_describe&pool_max_conns=1")
	graphtest.NewFixture(t, db).User("alice", auth.RoleUser)
	s := graphtest.Start(t, db)
	create := `mutation { createPost(input: {title: "Once", body: "b"}) { post { id } } }`
	cut := func() {
		proxy.CutWhen(func(sent []byte) bool { return bytes.Contains(sent, []byte("commit")) })
	}
	posts := func(want int) {
		t.Helper()
		// The server may take note of COMMIT after its client was cut off.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		n := -1
		for n != want && ctx.Err() == nil {
			n = db.Client().Post.Query().CountX(t.Context())
		}
		if n != want {
			t.Errorf("there are %d posts, want %d", n, want)
		}
	}

	// The texts of statements are sent with them only when they are known.
	if warm := withKey(t, s, "alice", "warm", create); warm.Code(t) != "" {
		t.Fatalf("%s", warm.Body)
	}
	cut()
	first := withKey(t, s, "alice", "k", create)
	if again := withKey(t, s, "alice", "k", create); first.Code(t) != "" || !bytes.Equal(first.Data, again.Data) {
		t.Errorf("first %s, then %s", first.Body, again.Body)
	}
	posts(2)
	cut()
	if lost := s.Do(t, "alice", create, nil); lost.Code(t) != "TIMEOUT" {
		t.Errorf("without a key: %s", lost.Body)
	}
	posts(3)
}
