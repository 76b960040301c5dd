package seed

import (
	"math/bits"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

// weight is post i's share of the comments. Nobody comments on half of the
// posts.
func (m *maker) weight(i int) uint64 {
	if m.shape(i).status == post.StatusDRAFT {
		return 0
	}
	r := m.stream(streamWeight, uint64(i))
	if i > 0 && r.chance(45) {
		return 0
	}
	// On a small site a single post must not get everything.
	return uint64(r.heavy(bits.Len(uint(m.Posts))*2/3 + 1))
}

// totalWeight adds up all posts.
func (m *maker) totalWeight() (sum uint64) {
	for i := range m.Posts {
		sum += m.weight(i)
	}
	return sum
}

// share is how many comments there are on the posts that have a weight
// together, of the total.
func (m *maker) share(weight, total uint64) int {
	high, low := bits.Mul64(uint64(m.Comments), weight)
	n, _ := bits.Div64(high, low, total)
	return int(n)
}

// commentsOn returns those on post i that have the numbers from first to
// before end, counted over all posts.
func (m *maker) commentsOn(out []bulk.Comment, i, first, end int) []bulk.Comment {
	h := m.head(i, m.shape(i))
	topic := &topics[m.subject(i)]
	for n := first; n < end; n++ {
		r := m.stream(streamComment, uint64(n))
		at := h.published.Add(r.within(m.Now.Sub(h.published)))
		author := h.author
		if r.chance(80) {
			author = m.author(&r, at)
		}
		c := bulk.Comment{
			ID: typeid.CommentFrom(r.id(at)), PostID: h.id, AuthorID: m.userID(author), CreatedAt: at, UpdatedAt: at,
		}
		if r.chance(5) {
			c.UpdatedAt = at.Add(r.within(m.Now.Sub(at)))
		}
		w := writer{random: &r, topic: topic}
		w.remark()
		c.Body = w.text.String()
		out = append(out, c)
	}
	return out
}
