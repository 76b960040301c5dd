package query

import (
	"time"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/page"
)

// PostPath is where a list of posts starts.
type PostPath uint8

// The paths.
const (
	AllPosts      PostPath = iota + 1
	PostsOfAuthor          // parents are users
	PostsOfTag             // parents are tags
	RepliesOfPost          // parents are posts that the viewer can see
)

// Statuses is a set of post states; the zero value means only Published.
type Statuses uint8

// The states.
const (
	Draft Statuses = 1 << iota
	Published
	Archived
)

// MaxFilterTags is the largest number of tags in a filter.
const MaxFilterTags = 10

// PostList is a list of posts: where it starts and what it leaves out. It is
// comparable. A zero field leaves nothing out, except that Statuses and
// IncludeReplies then leave out unpublished posts and replies.
type PostList struct {
	Path            PostPath
	Statuses        Statuses
	IncludeReplies  bool
	Author          typeid.User
	Tags            [MaxFilterTags]string // names in lower case, then ""
	CreatedFrom     time.Time
	CreatedBefore   time.Time
	PublishedFrom   time.Time
	PublishedBefore time.Time
}

// OnlyPublished reports whether the list holds only published posts, which all
// have a publishing time.
func (l PostList) OnlyPublished() bool { return l.Statuses == 0 || l.Statuses == Published }

// listed reports whether the list holds exactly the posts whose publishing time
// is repeated in post_tags.
func (l PostList) listed() bool { return l.OnlyPublished() && !l.IncludeReplies }

// tagsAlone reports whether the list is bounded only by one tag.
func (l PostList) tagsAlone() bool {
	path, tag := l.Path, l.Tags[0]
	l.Path, l.Statuses, l.Tags[0] = 0, 0, ""
	return l == PostList{} && (path == PostsOfTag) != (tag != "")
}

// bounded reports whether the list is bounded by times, which the index in the
// list's order may not have.
func (l PostList) bounded() bool {
	for _, t := range [...]time.Time{l.CreatedFrom, l.CreatedBefore, l.PublishedFrom, l.PublishedBefore} {
		if !t.IsZero() {
			return true
		}
	}
	return false
}

func (l PostList) statement(q *Queries, o page.Order) list {
	if o.Field == 0 {
		o.Field = page.PublishedAt // for counts: it has the shortest index
	}
	by := order{"p.published_at", "p.id"}
	switch o.Field {
	case page.CreatedAt:
		by.column = "p.created_at"
	case page.UpdatedAt:
		by.column = "p.updated_at"
	case page.Score:
		by.column = "p.score"
	}
	out := list{
		from: "posts p", order: by, outer: by,
		dear: o.Field != page.PublishedAt || l.Tags[1] != "" || l.bounded(),
	}
	rest := l.Tags[:]
	byTag := l.listed() && o.Field == page.PublishedAt
	const tagged = "post_tags pt JOIN posts p ON p.id = pt.post_id"
	switch {
	case l.Path == PostsOfAuthor:
		out.parent = "p.author_id"
	case l.Path == RepliesOfPost:
		out.parent = "p.parent_id"
	case l.Path == PostsOfTag:
		out.parent, out.from = "pt.tag_id", tagged
		if byTag {
			out.order = order{"pt.published_at", "pt.post_id"}
		}
	case byTag && l.Tags[0] != "":
		// In post_tags the posts of a tag are next to each other, newest first.
		// The name is looked up first, because otherwise the planner does not
		// see the order.
		out.from, out.order = tagged, order{"pt.published_at", "pt.post_id"}
		rest = l.Tags[1:]
	}
	if l.IncludeReplies && l.OnlyPublished() && !q.viewer().Moderates() {
		out.looks = 4 // for the parents of some
	}
	first := l.Tags[0]
	listed := func(b *builder) {
		if len(rest) < len(l.Tags) {
			b.and("pt.tag_id = (SELECT id FROM tags WHERE name = ").arg(first).write(")")
		}
		if out.from == tagged && l.listed() {
			b.and("pt.published_at IS NOT NULL")
		}
	}
	if out.from == tagged && l.listed() && l.tagsAlone() {
		out.index, out.indexed = "post_tags pt", listed
	}
	out.where = func(b *builder) {
		listed(b)
		q.postStatus(b, l)
		switch {
		case l.Path == RepliesOfPost:
			b.and("p.parent_id IS NOT NULL")
		case !l.IncludeReplies:
			b.and("p.parent_id IS NULL")
		case l.OnlyPublished() && !q.viewer().Moderates():
			b.and()
			q.parentVisible(b, "p")
		}
		l.filter(b, rest)
	}
	return out
}

// postStatus adds the conditions on the state of post p and on who may see it.
// They are written so that the planner recognises the partial indexes.
func (q *Queries) postStatus(b *builder, l PostList) {
	if l.OnlyPublished() {
		b.and("p.status = 'PUBLISHED'")
		return
	}
	var in string
	for _, s := range []struct {
		status Statuses
		text   string
	}{{Draft, "'DRAFT'"}, {Published, "'PUBLISHED'"}, {Archived, "'ARCHIVED'"}} {
		if l.Statuses&s.status == 0 {
			continue
		}
		if in != "" {
			in += ", "
		}
		in += s.text
	}
	if l.Statuses == Draft || l.Statuses == Archived {
		b.and("p.status = ", in)
	} else {
		b.and("p.status IN (", in, ")")
	}
	switch {
	case l.Statuses&Published != 0:
		q.postVisible(b)
	case q.viewer().Moderates():
		b.and("p.status <> 'PUBLISHED'")
	default:
		// An anonymous viewer's id is zero, which no author has.
		b.and("p.author_id = ").id(Key(q.viewer().ID.ID))
	}
}

func (l PostList) filter(b *builder, tagNames []string) {
	if !l.Author.IsZero() {
		b.and("p.author_id = ").id(Key(l.Author.ID))
	}
	for _, name := range tagNames {
		if name == "" {
			break
		}
		b.and("EXISTS (SELECT 1 FROM post_tags ft JOIN tags t ON t.id = ft.tag_id WHERE ft.post_id = p.id AND t.name = ").arg(name).write(")")
	}
	for _, bound := range []struct {
		column, op string
		at         time.Time
	}{
		{"p.created_at", ">=", l.CreatedFrom},
		{"p.created_at", "<", l.CreatedBefore},
		{"p.published_at", ">=", l.PublishedFrom},
		{"p.published_at", "<", l.PublishedBefore},
	} {
		if !bound.at.IsZero() {
			b.and(bound.column, " ", bound.op, " ").arg(bound.at)
		}
	}
}
