package content_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/query"
)

// tags returns the tags of a post, as readers get them.
func (b *bench) tags(p *ent.Post) []string {
	b.t.Helper()
	lists, err := query.New(b.db, viewer(nil)).TagsOfPosts(b.t.Context(), query.KeysOf(query.Key(p.ID.ID)), table.TagName)
	b.ok(err)
	var names []string
	for _, t := range lists[0] {
		names = append(names, t.Name)
	}
	return names
}

func TestSetPostTags(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx, p := b.as(b.author), b.post("A post", true, "beer", "wine")
		b.post("Another", true, "wine")
		draft := b.post("A draft", false, "beer")
		for _, step := range []struct {
			set, want  []string
			beer, wine int // posts in everybody's lists of them
		}{
			{[]string{"Wine", " mead ", "wine"}, []string{"mead", "wine"}, -1, 2},
			{[]string{"mead", "wine"}, []string{"mead", "wine"}, -1, 2},
			{[]string{"beer"}, []string{"beer"}, 1, 1},
			{nil, nil, -1, 1},
			{[]string{"c++", "été", "node.js"}, []string{"c++", "node.js", "été"}, -1, 1},
		} {
			before := b.db.Client().Post.GetX(ctx, p.ID).UpdatedAt
			changed, err := b.SetPostTags(ctx, p.ID, step.set, &before)
			b.ok(err)
			if diff := cmp.Diff(step.want, b.tags(p)); diff != "" || !changed.UpdatedAt.After(before) {
				t.Errorf("%q: updated %v, before %v, tags (-want +got):\n%s", step.set, changed.UpdatedAt, before, diff)
			}
			if beer, wine := b.tagged("beer"), b.tagged("wine"); beer != step.beer || wine != step.wine {
				t.Errorf("%q: %d posts about beer and %d about wine, want %d and %d", step.set, beer, wine, step.beer, step.wine)
			}
		}
		if diff := cmp.Diff([]string{"beer"}, b.tags(draft)); diff != "" {
			t.Errorf("tags of another post (-want +got):\n%s", diff)
		}
	})
}

func TestBadTags(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		p, many := b.post("A post", true, "beer"), make([]string, 11)
		for i := range many {
			many[i] = fmt.Sprint("tag", i)
		}
		for name, tags := range map[string][]string{
			"too many": many, "empty": {""}, "two words": {"two words"}, "too long": {strings.Repeat("x", 36)}, "not UTF-8": {"\xff"},
		} {
			if _, err := b.SetPostTags(b.as(b.author), p.ID, tags, nil); code(err) != apperr.BadUserInput {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if got := b.tags(p); !slices.Equal(got, []string{"beer"}) {
			t.Errorf("the post has the tags %q", got)
		}
		if _, err := b.SetPostTags(b.as(b.author), p.ID, many[:10], nil); err != nil {
			t.Errorf("ten tags: %v", err)
		}
	})
}

// TestSameTagsAtOnce has several posts make the same tags at the same time:
// there is one of each afterwards.
func TestSameTagsAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, b *bench) {
		ctx, names := b.as(b.author), []string{"beer", "mead", "wine"}
		posts := make([]*ent.Post, 4)
		for i := range posts {
			posts[i] = b.post(fmt.Sprint("Post ", i), true)
		}
		var all sync.WaitGroup
		for i, p := range posts {
			all.Go(func() {
				own := slices.Clone(names)
				slices.SortFunc(own, func(x, y string) int { return strings.Compare(x, y) * (1 - i%2*2) })
				if _, err := b.SetPostTags(ctx, p.ID, own, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := b.db.Client().Tag.Query().CountX(ctx); n != len(names) {
			t.Errorf("there are %d tags", n)
		}
		for _, name := range names {
			if n := b.tagged(name); n != len(posts) {
				t.Errorf("%s has %d posts", name, n)
			}
		}
	})
}
