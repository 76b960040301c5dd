package query

import (
	"context"

	"github.com/weftql/weft/ent/vote"
)

// VotesOnPosts reads the viewer's vote on each post, in the order of the posts:
// 1, -1, or 0 for no vote. For an anonymous viewer it runs no statement.
func (q *Queries) VotesOnPosts(ctx context.Context, posts *Keys) ([]int, error) {
	votes := make([]int, posts.Len())
	if q.viewer().Anonymous() {
		return votes, nil
	}
	q.noteList([]source{{table: vote.Table, ref: vote.FieldUserID, parent: Key(q.asks.ID.ID), columns: []string{vote.FieldValue}}}, nil)
	b := q.builder()
	b.write("SELECT v.post_id, v.value FROM votes v")
	b.and("v.user_id = ").id(Key(q.viewer().ID.ID))
	b.and().anyKey("v.post_id", posts.All())
	err := scan(ctx, q.db, b.read("VoteByPost", posts.Len()), leadCount, (*pick[nothing])(nil), 1, func(on place, _ *nothing) {
		if i, ok := posts.At(on.key); ok {
			votes[i] = int(on.number)
		}
	})
	return votes, err
}
