package seed

import (
	"slices"
	"time"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

// shape is what a post is, known from its number alone.
type shape struct {
	reply  bool
	status post.Status
}

// open reports whether people can reply to the post.
func (s shape) open() bool { return !s.reply && s.status == post.StatusPUBLISHED }

func (m *maker) shape(i int) shape {
	r := m.stream(streamShape, uint64(i))
	switch x := r.below(1000); {
	case i == 0 || x >= 420:
		return shape{false, post.StatusPUBLISHED}
	case x < 360:
		return shape{true, post.StatusPUBLISHED}
	case x < 410:
		return shape{false, post.StatusDRAFT}
	default:
		return shape{false, post.StatusARCHIVED}
	}
}

// head is what others need to know of a post.
type head struct {
	id        typeid.Post
	created   time.Time
	published time.Time // zero for a draft
	author    int
	parent    int // -1 for none
}

// head computes what others need to know of post i. Its author has signed up
// by then, and its parent was there.
func (m *maker) head(i int, s shape) head {
	h := head{created: m.timeline.at(i, m.Posts, m.stream(streamPostTime, uint64(i))), parent: -1}
	if s.reply {
		h.parent = m.parent(i)
		if parent := m.head(h.parent, m.shape(h.parent)); h.created.Before(parent.published) {
			h.created = parent.published.Add(time.Minute)
		}
	}
	r := m.stream(streamAuthor, uint64(i))
	h.id = typeid.PostFrom(r.id(h.created))
	if s.status != post.StatusDRAFT {
		h.published = h.created
		if !s.reply && r.chance(30) {
			h.published = h.created.Add(r.within(2 * time.Hour))
		}
	}
	h.author = m.author(&r, h.created)
	return h
}

// parent chooses what post i replies to: something recent, or one of the posts
// that everybody replies to.
func (m *maker) parent(i int) int {
	r := m.stream(streamParent, uint64(i))
	j := i - r.logarithmic(i)
	if r.chance(30) {
		j &^= 63
	}
	for j > 0 && !m.shape(j).open() {
		j--
	}
	return j
}

// post makes post i.
func (m *maker) post(i int, s shape) bulk.Post {
	h := m.head(i, s)
	r := m.stream(streamPost, uint64(i))
	p := bulk.Post{
		ID: h.id, Format: post.BodyFormatMARKDOWN, Status: s.status, PublishedAt: h.published,
		AuthorID: m.userID(h.author), CreatedAt: h.created, UpdatedAt: h.created,
	}
	if h.published.After(h.created) {
		p.UpdatedAt = h.published
	}
	if r.chance(25) {
		p.UpdatedAt = p.UpdatedAt.Add(r.within(m.Now.Sub(p.UpdatedAt)))
	}
	if s.status != post.StatusDRAFT {
		p.Score = r.heavy(10) - 1
		if r.chance(8) {
			p.Score = -r.between(1, 6)
		}
	}
	subject := m.subject(i)
	if s.reply {
		subject = m.subject(h.parent)
		p.ParentID = m.head(h.parent, m.shape(h.parent)).id
	} else {
		p.Title = title(&r, &topics[subject])
		p.Tags = m.tagsOf(&r, subject)
	}
	w := writer{random: &r, topic: &topics[subject]}
	if s.reply {
		w.answer()
	} else {
		w.article()
	}
	p.Body, p.Text = w.body.String(), w.text.String()
	return p
}

// subject is the topic of post i.
func (m *maker) subject(i int) int {
	r := m.stream(streamSubject, uint64(i))
	return r.rank(len(topics))
}

// tagsOf chooses one to five tags: of the subject's own mostly.
func (m *maker) tagsOf(r *random, subject int) []string {
	var names []string
	for range min(r.heavy(3), 5) {
		k := subject + len(topics)*(r.logarithmic(len(topics[0].tags))-1)
		if k >= m.Tags || r.chance(25) {
			k = r.rank(m.Tags)
		}
		if k >= m.Tags {
			continue
		}
		if name := tagName(k); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
