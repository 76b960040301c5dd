package graph_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

type voted struct {
	VotePost struct {
		Post struct {
			Score      int
			ViewerVote string
			UpdatedAt  string
		}
	}
}

const votePost = `mutation ($id: ID!, $v: VoteValue!) { votePost(input: {id: $id, value: $v}) { post { score viewerVote updatedAt } } }`

// TestVote votes up, again, down and not at all.
func TestVote(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		f := graphtest.NewFixture(t, s.DB)
		author := f.User("author", "USER")
		f.User("reader", "USER")
		p := f.Post(author, "A post", post.StatusPUBLISHED) // with a score of its own, as an import brings
		s.DB.Client().Post.UpdateOne(p).SetScore(40).SetScoreBase(40).ExecX(t.Context())
		for _, step := range []struct {
			value string
			score int
		}{{"UP", 41}, {"UP", 41}, {"DOWN", 39}, {"NONE", 40}, {"NONE", 40}, {"DOWN", 39}, {"UP", 41}} {
			var got voted
			s.Get(t, "reader", votePost, map[string]any{"id": p.ID.String(), "v": step.value}, &got)
			if got.VotePost.Post.Score != step.score || got.VotePost.Post.ViewerVote != step.value {
				t.Errorf("after %s: %+v, want %d", step.value, got.VotePost.Post, step.score)
			}
			if after := s.DB.Client().Post.GetX(t.Context(), p.ID); after.Score != step.score || !after.UpdatedAt.Equal(p.UpdatedAt) {
				t.Errorf("after %s the post is %v", step.value, after)
			}
		}
		for viewer, want := range map[string]string{"reader": "UP", "author": "NONE", "": "NONE"} {
			answer := s.Get(t, viewer, `{ posts { nodes { viewerVote } } }`, nil, nil)
			if got := string(answer.Data); got != `{"posts":{"nodes":[{"viewerVote":"`+want+`"}]}}` {
				t.Errorf("%s sees %s, want %s", viewer, got, want)
			}
		}
	})
}

// TestVotesAtOnce lets many users vote on few posts at once, over and over: at
// the end each score is the base and the sum of the votes that are there.
func TestVotesAtOnce(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		f := graphtest.NewFixture(t, db)
		author := f.User("author", "USER")
		var posts []string
		for i := range 3 {
			p := f.Post(author, fmt.Sprintf("Post %d", i), post.StatusPUBLISHED)
			db.Client().Post.UpdateOne(p).SetScore(10 * i).SetScoreBase(10 * i).ExecX(t.Context())
			posts = append(posts, p.ID.String())
		}
		const users, each = 8, 12
		for i := range users {
			f.User(fmt.Sprintf("user%d", i), "USER")
		}
		s := graphtest.Start(t, db)
		var all sync.WaitGroup
		for i := range users {
			// Two devices of one user vote at once, too.
			for device := range 2 {
				all.Go(func() {
					r := rand.New(rand.NewPCG(uint64(i), uint64(device)))
					for range each {
						id := posts[r.IntN(len(posts))]
						value := []string{"UP", "DOWN", "NONE"}[r.IntN(3)]
						answer := s.Do(t, fmt.Sprintf("user%d", i), votePost, map[string]any{"id": id, "v": value})
						if len(answer.Errors) > 0 {
							t.Errorf("%s", answer.Body)
						}
					}
				})
			}
		}
		all.Wait()
		wantScores(t, db)
		if n := db.Client().Vote.Query().CountX(t.Context()); n == 0 || n > users*len(posts) {
			t.Errorf("there are %d votes of %d users on %d posts", n, users, len(posts))
		}
	})
}

// wantScores fails where a score is not its base and the sum of its votes.
func wantScores(t *testing.T, db *database.Database) {
	t.Helper()
	rows, err := db.DB().QueryContext(t.Context(), `SELECT p.id, p.score, p.score_base + COALESCE((SELECT sum(v.value) FROM votes v WHERE v.post_id = p.id), 0) FROM posts p`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id typeid.Post
		var got, want int
		if err := rows.Scan(&id, &got, &want); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("the score of %s is %d, want %d", id, got, want)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestVotesOfDeletedAccount takes back the votes of an account that goes,
// whatever becomes of its posts.
func TestVotesOfDeletedAccount(t *testing.T) {
	for _, content := range []string{"KEEP", "DELETE"} {
		t.Run(content, func(t *testing.T) {
			eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
				f := graphtest.NewFixture(t, s.DB)
				reader, author := f.User("reader", "USER"), f.User("author", "USER")
				theirs, own := f.Post(author, "Theirs", post.StatusPUBLISHED), f.Post(reader, "Own", post.StatusPUBLISHED)
				for _, p := range []typeid.Post{theirs.ID, own.ID} {
					s.DB.Client().Post.UpdateOneID(p).SetScore(0).ExecX(t.Context())
					for _, viewer := range []string{"reader", "author"} {
						s.Get(t, viewer, votePost, map[string]any{"id": p.String(), "v": "UP"}, nil)
					}
				}
				s.Get(t, "reader", `mutation { deleteAccount(input: {currentPassword: "", content: `+content+`}) { deletedUserId } }`, nil, nil)
				wantScores(t, s.DB)
				if got := s.DB.Client().Post.GetX(t.Context(), theirs.ID).Score; got != 1 {
					t.Errorf("the score is %d, want 1", got)
				}
			})
		})
	}
}
