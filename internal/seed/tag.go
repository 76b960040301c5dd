package seed

import (
	"strconv"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

// tagName returns the name of tag k: the topics' own in turn, then general
// ones, then pairs of both.
func tagName(k int) string {
	own := len(topics) * len(topics[0].tags)
	if k < own {
		return topics[k%len(topics)].tags[k/len(topics)]
	}
	if k -= own; k < len(generalTags) {
		return generalTags[k]
	}
	k -= len(generalTags)
	first := topics[k%len(topics)].tags[k/len(topics)%len(topics[0].tags)]
	k /= own
	second := generalTags[k%len(generalTags)]
	if k /= len(generalTags); k > 0 {
		second += "-" + strconv.Itoa(k+1)
	}
	return first + "-" + second
}

// tag makes tag k. Its id depends on its number alone.
func (m *maker) tag(k int) bulk.Tag {
	r := random{uint64(k)}
	return bulk.Tag{ID: typeid.TagFrom(r.id(m.timeline.start)), Name: tagName(k), CreatedAt: m.timeline.start}
}
