package graph

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/graph/model"
)

// viewerVotes returns what the viewer voted on each post.
func viewerVotes(ctx context.Context, objs []*ent.Post) ([]model.VoteValue, error) {
	numbers, err := loader.FromContext(ctx).VoteByPost(ctx, keys(objs, postKey))
	if err != nil {
		return nil, err
	}
	votes := make([]model.VoteValue, len(objs))
	for i, n := range numbers {
		votes[i] = voteValue(n)
	}
	return votes, nil
}

// voteNumber is what a vote adds to the score.
func voteNumber(v model.VoteValue) int {
	switch v {
	case model.VoteValueUp:
		return 1
	case model.VoteValueDown:
		return -1
	default:
		return 0
	}
}

func voteValue(n int) model.VoteValue {
	switch {
	case n > 0:
		return model.VoteValueUp
	case n < 0:
		return model.VoteValueDown
	default:
		return model.VoteValueNone
	}
}
