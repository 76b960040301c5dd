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

// Each mutation that takes a key answers the same when it is sent again, on
// everything that docs/permissions.md says it may be tried on.
func TestEveryIdempotentMutationSentAgain(t *testing.T) {
	m := readMatrix(t)
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		s := graphtest.Start(t, db)
		mutations := graphtest.BreadthFirst(nil, nil, nil).Schema().Mutation.Fields
		tested := map[string]bool{"signOut": true} // after which nobody sends it again
		for _, row := range m["Mutations"] {
			name := strings.TrimPrefix(row["field"], "Mutation.")
			as := "owner"
			if row[as] != "yes" {
				as = "admin"
			}
			if tested[name] && name == "signOut" || row[as] != "yes" || mutations.ForName(name).Directives.ForName("idempotent") == nil {
				continue
			}
			w := fresh(t, s, row["on"])
			mutation := "mutation { " + strings.ReplaceAll(sample(name), "ID", w.id) + " }"
			first, again := withKey(t, s, w.names[as], name, mutation), withKey(t, s, w.names[as], name, mutation)
			if first.Code(t) != "" || !bytes.Equal(first.Data, again.Data) {
				t.Errorf("%s on %s answers %s, and then %s", name, row["on"], first.Body, again.Body)
			}
			tested[name] = true
		}
		for _, mutation := range mutations {
			takes := mutation.Directives.ForName("idempotent") != nil
			if takes && !tested[mutation.Name] {
				t.Errorf("docs/permissions.md has nobody who may do %s: it was not sent again", mutation.Name)
			}
			if !takes {
				got := withKey(t, s, fresh(t, s, "nothing").names["owner"], "k", "mutation { "+sample(mutation.Name)+" }")
				if got.Code(t) != "BAD_USER_INPUT" || !strings.Contains(got.Errors[0].Message, "Idempotency-Key") {
					t.Errorf("%s with a key: %s", mutation.Name, got.Body)
				}
			}
		}
	})
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
