package query

import (
	"context"
	"strings"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/posttag"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/tag"
	"github.com/weftql/weft/internal/page"
)

// Tags are the tags that the viewer may see.
var Tags = entity(table.Tags, (*Queries).tagVisible)

// TagByName reads one tag that the viewer may see, or returns nil. Case does
// not matter.
func (q *Queries) TagByName(ctx context.Context, name string, columns Columns) (*ent.Tag, error) {
	picked := Tags.pick(columns)
	b := q.builder()
	b.write("SELECT ", picked.list, " FROM tags t").where().and("t.name = ").arg(strings.ToLower(name))
	q.tagListed(b)
	var found *ent.Tag
	err := scan(ctx, q.db, b.read("TagByName", 1), nil, picked, 1, func(_ place, t *ent.Tag) { found = t })
	of := source{table: posttag.Table, columns: []string{posttag.FieldPublishedAt}}
	if found == nil { // any tag and any post can change that
		q.noteList([]source{{table: tag.Table}, of}, nil)
		return nil, err
	}
	// The answer stays the same while the tag has that name and a listed post.
	of.ref = posttag.FieldTagID
	q.noteList([]source{of}, []Key{Tags.Key(found)})
	NoteFound(q, Tags, 0, found)
	return found, err
}

// fewTags is the largest number of tags that most posts have.
const fewTags = 4

// tagsOfPost are the rows that decide which tags a post has.
var tagsOfPost = []source{{table: posttag.Table, ref: posttag.FieldPostID}}

// TagsOfPosts reads the tags of each post, ordered by name; the result is in
// the order of the posts. A post has few tags, so they are sorted here.
func (q *Queries) TagsOfPosts(ctx context.Context, posts *Keys, columns Columns) ([][]*ent.Tag, error) {
	picked := Tags.pick(columns | table.TagName)
	b := q.builder()
	b.write("SELECT pt.post_id, ", picked.list, " FROM post_tags pt JOIN tags t ON t.id = pt.tag_id")
	b.and().anyKey("pt.post_id", posts.All())
	q.noteList(tagsOfPost, posts.All())
	found := make([][]*ent.Tag, posts.Len())
	lists := make([]*ent.Tag, fewTags*posts.Len()) // of posts with few tags
	err := scan(ctx, q.db, b.read("TagsByPost", posts.Len()), leadKey, picked, 3*posts.Len(), func(on place, t *ent.Tag) {
		at, ok := posts.At(on.key)
		if !ok {
			return
		}
		list := &found[at]
		if *list == nil {
			*list = lists[at*fewTags : at*fewTags : (at+1)*fewTags]
		}
		i := len(*list)
		*list = append(*list, t)
		for ; i > 0 && (*list)[i-1].Name > t.Name; i-- {
			(*list)[i], (*list)[i-1] = (*list)[i-1], t
		}
	})
	for _, tags := range found {
		NoteFound(q, Tags, 0, tags...)
	}
	return found, err
}

// TagList is a list of tags. It is comparable.
type TagList struct {
	Prefix string // of the name, ignoring case; "" for all
}

// Entity implements List.
func (TagList) Entity() *Entity[ent.Tag] { return Tags }

// Nested implements List.
func (TagList) Nested() bool { return false }

// Loaders implements List.
func (TagList) Loaders() (pages, counts string) { return "Tags", "TagCount" }

func (TagList) columns(page.Order) Columns { return table.TagName }

func (TagList) sources(page.Order) []source {
	return []source{{table: tag.Table}, {table: posttag.Table, columns: []string{posttag.FieldPublishedAt}}}
}

// Position implements List.
func (TagList) Position(_ page.Order, t *ent.Tag) page.Position {
	return page.AtText(t.Name, t.ID.UUID())
}

func (l TagList) statement(q *Queries, _ page.Order) list {
	name := q.byteOrder("t.name")
	by := order{name, "t.id"}
	looks := 40 // for a post that has the tag
	if q.viewer().Moderates() {
		looks = 0
	}
	return list{from: "tags t", order: by, outer: by, looks: looks, where: func(b *builder) {
		b.prefix(name, l.Prefix)
		q.tagVisible(b)
	}}
}
