package query

import (
	"entgo.io/ent/dialect/sql"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/posttag"
	"github.com/weftql/weft/ent/predicate"
)

// Who may see which row, as conditions in the statements. A row that they leave
// out looks the same as one that never existed. The statements of this package
// have them, and those with which ent locks a row before a change.

// postVisible adds the condition that the viewer may see post p: the post is
// the viewer's own, or it is published and not a reply to a post that the
// viewer may not see, or the viewer is a moderator.
func (q *Queries) postVisible(b *builder) {
	if q.viewer().Moderates() {
		return
	}
	b.and()
	q.visiblePost(b, "p")
}

// commentVisible adds the condition that the viewer may see comment c: the
// viewer may see its post.
func (q *Queries) commentVisible(b *builder) {
	if q.viewer().Moderates() {
		return
	}
	b.and()
	q.visibleComment(b, "c")
}

// VisiblePost is the condition that the viewer may see a post, for ent.
func (q *Queries) VisiblePost() predicate.Post { return q.predicate(q.visiblePost) }

// VisibleComment is the condition that the viewer may see a comment, for ent.
func (q *Queries) VisibleComment() predicate.Comment { return q.predicate(q.visibleComment) }

// predicate is a condition as ent takes it: for the table that a statement
// selects from by its own name.
func (q *Queries) predicate(condition func(b *builder, alias string)) func(*sql.Selector) {
	return func(s *sql.Selector) {
		if q.viewer().Moderates() {
			return
		}
		s.Where(sql.P(func(to *sql.Builder) {
			b, before := q.builder(), to.Total()
			b.args = make([]any, before) // the placeholders continue ent's
			condition(b, s.TableName())
			to.Join(sql.Expr(b.sql.String(), b.args[before:]...))
		}))
	}
}

func (q *Queries) visibleComment(b *builder, alias string) {
	b.write("EXISTS (SELECT 1 FROM posts cp WHERE cp.id = ", alias, ".post_id AND ")
	q.visiblePost(b, "cp")
	b.write(")")
}

func (q *Queries) visiblePost(b *builder, alias string) {
	b.write("(", alias, ".status = 'PUBLISHED' AND ")
	q.parentVisible(b, alias)
	if !q.viewer().Anonymous() {
		b.write(" OR ", alias, ".author_id = ").id(Key(q.viewer().ID.ID))
	}
	b.write(")")
}

// parentVisible writes the condition that a post is not a reply, or is a reply
// to a post that the viewer may see. The parent is a scalar subquery: with
// EXISTS PostgreSQL may read all posts first.
func (q *Queries) parentVisible(b *builder, alias string) {
	q.notes.AddColumn(post.Table, post.FieldStatus) // of both posts
	b.write("(", alias, ".parent_id IS NULL OR (SELECT parent.status = 'PUBLISHED'")
	if !q.viewer().Anonymous() {
		b.write(" OR parent.author_id = ").id(Key(q.viewer().ID.ID))
	}
	b.write(" FROM posts parent WHERE parent.id = ", alias, ".parent_id))")
}

// tagVisible adds the condition that the viewer may see tag t: a listed post
// has it, or the viewer is a moderator. So a tag that only drafts have reveals
// nothing about them.
func (q *Queries) tagVisible(b *builder) {
	if !q.viewer().Moderates() {
		q.notes.AddList(posttag.Table, "", nil, posttag.FieldPublishedAt)
	}
	q.tagListed(b)
}

// tagListed is tagVisible without the note of what it depends on.
func (q *Queries) tagListed(b *builder) {
	if q.viewer().Moderates() {
		return
	}
	// One probe of post_tags_newest for each tag, and no join.
	b.and("(SELECT TRUE FROM post_tags listed WHERE listed.tag_id = t.id AND listed.published_at IS NOT NULL LIMIT 1)")
}

// auditEventVisible adds the condition that the viewer may see audit events:
// administrators see all, others see none.
func (q *Queries) auditEventVisible(b *builder) {
	if !q.viewer().Administers() {
		b.and("FALSE")
	}
}
