package query

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/page"
)

// Match is a post that a search found.
type Match struct {
	Post *ent.Post
	Rank int64 // relevance, larger is better: see matches
}

// MatchPosition returns the position of a match in the results, best first.
func MatchPosition(m Match) page.Position { return page.AtInt(m.Rank, m.Post.ID.UUID()) }

// SearchPage finds published posts and replies by their text, in reading order
// and with one row more than wanted: see page.Cut.
func (q *Queries) SearchPage(ctx context.Context, loader string, s Search, p page.Page, columns Columns) ([]Match, error) {
	picked := Posts.pick(columns)
	b := q.builder()
	b.dear = true
	b.write("SELECT r.rank, ", picked.list)
	q.matches(b, s, true)
	by := order{"r.rank", "p.id"}
	b.within(p, by)
	b.ordered(p, by)
	q.noteList(searched, nil)
	found := make([]Match, 0, p.Limit())
	err := scan(ctx, q.db, b.read(loader, 0), leadNumber, picked, p.Limit(), func(at place, v *ent.Post) {
		found = append(found, Match{v, at.number})
	})
	for _, m := range found {
		noteFound(q, Posts, m.Post)
	}
	return found, err
}

// searched is what a search reads: the table post_search is kept up to date
// with these columns.
var searched = []source{{table: post.Table, columns: []string{post.FieldTitle, post.FieldBody, post.FieldBodyFormat, post.FieldStatus}}}

// SearchCount counts what a search finds, up to MaxCount.
func (q *Queries) SearchCount(ctx context.Context, loader string, s Search) (int, error) {
	q.noteList(searched, nil)
	return q.boundedCount(ctx, loader, q.builder(), func(b *builder) { q.matches(b, s, false) })
}

// matches writes FROM and WHERE: r is the matches, p their posts.
//
// The rank of a post depends only on its own text and the search, not on other
// posts. So pages stay the same while others write, and no rank reveals a text
// that the viewer may not see. FTS5's own rank, bm25, depends on all texts; on
// SQLite therefore a post with all words in its title comes first, then one
// with some of them there. Posts with the same rank are ordered newest first.
func (q *Queries) matches(b *builder, s Search, ranked bool) {
	b.write(" FROM (SELECT s.post_id")
	if b.postgres {
		if ranked {
			b.write(", (ts_rank(s.document, w.query) * 1000000)::bigint AS rank")
		}
		b.write(" FROM post_search s, websearch_to_tsquery('english', ").arg(s.web()).
			write(") AS w(query) WHERE s.document @@ w.query")
	} else {
		search := s.fts5()
		if ranked {
			const among = "(s.rowid IN (SELECT rowid FROM post_search WHERE post_search MATCH "
			b.write(", ", among).arg(search.titleAll).write(")) + ", among).arg(search.titleWords).write(")) AS rank")
		}
		b.write(" FROM post_search s WHERE post_search MATCH ").arg(search.match)
	}
	b.write(") r JOIN posts p ON p.id = r.post_id")
	b.where().and("p.status = 'PUBLISHED'")
	if !q.viewer().Moderates() {
		b.and()
		q.parentVisible(b, "p")
	}
}
