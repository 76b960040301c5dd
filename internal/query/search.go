package query

import (
	"context"
	"strconv"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/statement"
)

// Match is a post that a search found.
type Match struct {
	Post *ent.Post
	Rank int64 // relevance, larger is better: see SearchPage
}

// MatchPosition returns the position of a match in the results, best first.
func MatchPosition(m Match) page.Position { return page.AtInt(m.Rank, m.Post.ID.UUID()) }

// MaxMatches is how many posts a search finds at most: the newest of those that
// match. Each of them is ranked, whatever page is wanted.
const MaxMatches = 500

// What a match takes, in rows that are counted: to be ranked, and to be counted
// itself.
const (
	rowsToRank  = 55
	rowsToMatch = 20
)

// SearchPage finds published posts and replies by their text, in reading order
// and with one row more than wanted: see page.Cut. It returns how many the whole
// list holds too, up to MaxMatches, or -1 where a page without rows does not tell.
//
// The rank of a post depends only on its own text and the search, not on other
// posts. So pages stay the same while others write, and no rank reveals a text
// that the viewer may not see. FTS5's own rank, bm25, depends on all texts; on
// SQLite therefore a post with all words in its title comes first, then one
// with some of them there. Posts with the same rank are ordered newest first.
func (q *Queries) SearchPage(ctx context.Context, s Search, p page.Page, columns Columns) (found []Match, total int, err error) {
	const loader = "Search"
	picked := Posts.pick(columns)
	b := q.builder()
	b.dear, b.replan = true, true
	inner, outer := order{"m.rank", "m.post_id"}, order{"r.rank", "p.id"}
	b.write("SELECT r.rank, r.matches, ", picked.list, " FROM (SELECT m.rank, m.matches, m.post_id FROM (SELECT c.post_id, ")
	if b.postgres {
		b.write("(ts_rank(c.document, c.query) * 1000000)::bigint")
	} else {
		search := s.fts5()
		const among = "(c.rowid IN (SELECT rowid FROM post_search WHERE post_search MATCH "
		b.write(among).arg(search.titleAll).write(")) + ", among).arg(search.titleWords).write("))")
	}
	ranked, newest := "s.document, w.query", "s.post_id"
	if !b.postgres {
		ranked, newest = "s.rowid", "s.rowid" // FTS5 reads in this order
	}
	b.write(" AS rank, count(*) OVER () AS matches FROM (SELECT s.post_id, ", ranked)
	q.matches(b, s)
	b.write(" ORDER BY ", newest, " DESC LIMIT ", strconv.Itoa(MaxMatches), ") c) m")
	b.where().within(p, inner)
	b.ordered(p, inner)
	b.write(") r JOIN posts p ON p.id = r.post_id")
	b.ordered(p, outer)
	q.noteList(searched, nil)
	found = make([]Match, 0, p.Limit())
	if p.HasAfter || p.HasUntil {
		total = -1
	}
	err = scan(ctx, q.db, b.read(loader, 0), leadPair, picked, p.Limit(), func(at place, v *ent.Post) {
		found = append(found, Match{v, at.number})
		total = int(at.count)
	})
	statement.FromContext(ctx).AddExamined(loader, max(total, 0)*rowsToRank)
	for _, m := range found {
		NoteFound(q, Posts, columns, m.Post)
	}
	return found, total, err
}

// searched is what a search reads: the table post_search is kept up to date
// with these columns.
var searched = []source{{table: post.Table, columns: []string{post.FieldTitle, post.FieldBody, post.FieldBodyFormat, post.FieldStatus}}}

// SearchCount counts what a search finds, up to MaxMatches.
func (q *Queries) SearchCount(ctx context.Context, s Search) (int, error) {
	const loader = "SearchCount"
	q.noteList(searched, nil)
	b := q.builder()
	b.replan = true
	n, err := q.boundedCount(ctx, loader, b, MaxMatches, func(b *builder) { q.matches(b, s) })
	statement.FromContext(ctx).AddExamined(loader, n*(rowsToMatch-1))
	return n, err
}

// matches writes FROM and WHERE: s is the matches, f their posts.
func (q *Queries) matches(b *builder, s Search) {
	if b.postgres {
		b.write(" FROM websearch_to_tsquery('english', ").arg(s.web()).
			write(") AS w(query) JOIN post_search s ON s.document @@ w.query JOIN posts f ON f.id = s.post_id")
		b.where()
	} else {
		b.write(" FROM post_search s CROSS JOIN posts f ON f.id = s.post_id")
		b.where().and("post_search MATCH ").arg(s.fts5().match)
	}
	b.and("f.status = 'PUBLISHED'")
	if !q.viewer().Moderates() {
		b.and()
		q.parentVisible(b, "f")
	}
}
