package query

import (
	"context"
	"strings"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/internal/page"
)

// Columns of a tag.
const (
	TagID Columns = 1 << iota
	TagName
)

var tags = &entity[ent.Tag]{table: tag.Table, alias: "t", columns: []column[ent.Tag]{
	{tag.FieldID, func(t *ent.Tag) any { return &t.ID }},
	{tag.FieldName, func(t *ent.Tag) any { return &t.Name }},
}}

// TagsByID reads the tags with these ids, in any order.
func (q *Queries) TagsByID(ctx context.Context, loader string, ids []Key, columns Columns) ([]*ent.Tag, error) {
	return byKey(ctx, q, tags, loader, ids, columns, nil)
}

// TagByName reads one tag, or nil. Case does not matter.
func (q *Queries) TagByName(ctx context.Context, loader, name string, columns Columns) (*ent.Tag, error) {
	picked := tags.pick(columns)
	b := q.builder()
	b.write("SELECT ", tags.list(picked), " FROM tags t WHERE t.name = ").arg(strings.ToLower(name))
	var found *ent.Tag
	err := scan(ctx, q.db, b.read(loader, 1), picked, 1, func(t *ent.Tag) { found = t })
	return found, err
}

// TagsOfPosts reads the tags of each post, by name; the result is in the
// order of the posts. A post has few tags, so they are sorted here.
func (q *Queries) TagsOfPosts(ctx context.Context, loader string, posts []Key, columns Columns) ([][]*ent.Tag, error) {
	picked := tags.pick(columns | TagName)
	b := q.builder()
	b.write("SELECT pt.post_id, ", tags.list(picked), " FROM post_tags pt JOIN tags t ON t.id = pt.tag_id")
	b.and().anyKey("pt.post_id", posts)
	at := make(map[Key]int, len(posts))
	for i, k := range posts {
		at[k] = i
	}
	found := make([][]*ent.Tag, len(posts))
	var post uuidScanner
	err := scan(ctx, q.db, b.read(loader, len(posts)), picked, 3*len(posts), func(t *ent.Tag) {
		list := &found[at[post.key]]
		i := len(*list)
		*list = append(*list, t)
		for ; i > 0 && (*list)[i-1].Name > t.Name; i-- {
			(*list)[i], (*list)[i-1] = (*list)[i-1], t
		}
	}, &post)
	return found, err
}

// TagList is a list of tags. It is comparable.
type TagList struct {
	Prefix string // of the name, without regard to case; "" for all
}

// TagPosition returns a tag's place in a list by name.
func TagPosition(t *ent.Tag) page.Position { return page.AtText(t.Name, t.ID.UUID()) }

func (q *Queries) tagList(l TagList) list {
	name := q.byteOrder("t.name")
	by := order{name, "t.id"}
	return list{from: "tags t", order: by, outer: by, where: func(b *builder) { b.prefix(name, l.Prefix) }}
}

// TagPage reads one page of tags, in reading order and with one row more than
// wanted: see page.Cut.
func (q *Queries) TagPage(ctx context.Context, loader string, l TagList, p page.Page, columns Columns) ([]*ent.Tag, error) {
	return pageOf(ctx, q, tags, loader, q.tagList(l), p, columns|TagName)
}

// TagCount counts a list of tags.
func (q *Queries) TagCount(ctx context.Context, loader string, l TagList) (int, error) {
	return q.countOf(ctx, loader, q.tagList(l))
}
