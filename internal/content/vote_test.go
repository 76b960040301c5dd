package content_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/query"
)

func TestVote(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		p := b.post("A post", true)
		ctx, q := b.as(b.other), query.New(b.db, viewer(b.other))
		for _, value := range []int{1, 1, -1, -1, 0, 0, -1, 1} {
			voted, err := b.VotePost(ctx, p.ID, value)
			b.ok(err)
			stored := b.db.Client().Post.GetX(ctx, p.ID)
			mine, err := q.VotesOnPosts(ctx, query.KeysOf(query.Key(p.ID.ID)))
			b.ok(err)
			if voted.Score != value || stored.Score != value || mine[0] != value {
				t.Errorf("voted %d: the score is %d, stored %d, the vote %d", value, voted.Score, stored.Score, mine[0])
			}
			if !stored.UpdatedAt.Equal(p.UpdatedAt) {
				t.Errorf("voted %d: the post was updated %v, want %v", value, stored.UpdatedAt, p.UpdatedAt)
			}
		}
		if _, err := b.VotePost(b.as(b.author), p.ID, 1); err != nil {
			t.Error(err)
		}
		if score := b.db.Client().Post.GetX(ctx, p.ID).Score; score != 2 {
			t.Errorf("after two votes the score is %d", score)
		}
	})
}

func TestNoVote(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		draft := b.post("A draft", false)
		if _, err := b.VotePost(b.as(b.author), draft.ID, 1); code(err) != apperr.BadUserInput {
			t.Errorf("on one's own draft: %v", err)
		}
		for name, id := range map[string]typeid.Post{"another's draft": draft.ID, "nothing": typeid.NewPost()} {
			if _, err := b.VotePost(b.as(b.other), id, 1); code(err) != apperr.NotFound {
				t.Errorf("on %s: %v", name, err)
			}
		}
		if n := b.db.Client().Vote.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d votes were written", n)
		}
	})
}

// TestVotesAtOnce has many vote on one post at the same time, and change their
// minds: the score is the sum of the votes.
func TestVotesAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		p, f := b.post("A post", true), graphtest.NewFixture(t, b.db)
		var all sync.WaitGroup
		for i := range 6 {
			ctx := b.as(f.User(fmt.Sprint("voter", i), auth.RoleUser))
			all.Go(func() {
				for _, value := range []int{-1, 1} {
					if _, err := b.VotePost(ctx, p.ID, value); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if score := b.db.Client().Post.GetX(t.Context(), p.ID).Score; score != 6 {
			t.Errorf("the score is %d", score)
		}
	})
}
