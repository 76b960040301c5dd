package query

// Who may see which row, as conditions that the statements carry. A row that
// they leave out is absent in the same way as one that never existed.

// postVisible adds the condition that the viewer may see post p: published,
// the viewer's own, or the viewer is a moderator.
func (q *Queries) postVisible(b *builder) {
	if q.viewer.Moderates() {
		return
	}
	b.and()
	q.visiblePost(b, "p")
}

// commentVisible adds the condition that the viewer may see comment c: its
// post is one that the viewer may see.
func (q *Queries) commentVisible(b *builder) {
	if q.viewer.Moderates() {
		return
	}
	b.and("EXISTS (SELECT 1 FROM posts cp WHERE cp.id = c.post_id AND ")
	q.visiblePost(b, "cp")
	b.write(")")
}

func (q *Queries) visiblePost(b *builder, alias string) {
	if q.viewer.Anonymous() {
		b.write(alias, ".status = 'PUBLISHED'")
		return
	}
	b.write("(", alias, ".status = 'PUBLISHED' OR ", alias, ".author_id = ").id(Key(q.viewer.ID.ID)).write(")")
}
