package stackexchange

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weftql/weft/ent/post"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

// maxTitle is the longest title, in characters, that Weft takes; the format
// allows 250.
const maxTitle = 300

// Types of post that are imported.
const (
	question = 1
	answer   = 2
)

// postKind names a type of post that is not imported, for the summary.
func postKind(postType int64) string {
	switch postType {
	case 3:
		return "orphaned tag wiki"
	case 4:
		return "tag wiki excerpt"
	case 5:
		return "tag wiki"
	case 6:
		return "moderator nomination"
	case 7:
		return "wiki placeholder"
	case 8:
		return "privilege wiki"
	default:
		return "post of type " + strconv.FormatInt(postType, 10)
	}
}

// post reads a row of Posts.xml. Whether author and parent are there is looked
// up later; a zero author is an unknown one.
func (m *importer) post(row *row, postType int64) (bulk.Post, error) {
	f := fields{row: row}
	p := bulk.Post{
		ID:        m.postID(f.id("Id")),
		Body:      strings.TrimSpace(f.required("Body")),
		Format:    post.BodyFormatHTML,
		Status:    post.StatusPUBLISHED,
		CreatedAt: f.created(),
	}
	if owner, ok := f.optionalID("OwnerUserId"); ok {
		p.AuthorID = m.userID(owner)
	}
	p.PublishedAt, p.UpdatedAt = p.CreatedAt, p.CreatedAt
	// LastActivityDate also moves with each new answer, which changes no post.
	if edited := f.optionalTime("LastEditDate"); edited.After(p.UpdatedAt) {
		p.UpdatedAt = edited
	}
	p.Score = m.score(&f)
	if postType == answer {
		p.ParentID = m.postID(f.id("ParentId"))
		return p, f.err
	}
	p.Title = oneLine(f.required("Title"))
	switch n := utf8.RuneCountInString(p.Title); {
	case f.err != nil:
	case n == 0:
		f.fail(errors.New("the title is empty"))
	case n > maxTitle:
		f.fail(fmt.Errorf("the title has %d characters, %d at most", n, maxTitle))
	}
	tags, err := splitTags(f.text("Tags"))
	f.fail(err)
	p.Tags = tags
	return p, f.err
}

// score reads a post's score, which is zero where the dump has none: then the
// votes are counted.
func (m *importer) score(f *fields) int {
	score, ok := f.score()
	if !ok && m.scored {
		f.fail(fmt.Errorf("%s is missing", "Score"))
	}
	return score
}

// errSeen ends a look into a file.
var errSeen = errors.New("seen")

// looksScored reports whether posts have scores, by the first hundred: in a
// dump all have, or the attribute was left out of it.
func (m *importer) looksScored() (bool, error) {
	scored, seen := false, 0
	err := m.dump.each("posts", func(Fault) {}, func(_ int, row *row) error {
		scored = row.has([]byte("Score"))
		if seen++; scored || seen == 100 {
			return errSeen
		}
		return nil
	})
	if err != nil && !errors.Is(err, errSeen) {
		return false, err
	}
	return scored, nil
}

func (m *importer) postID(id int64) typeid.Post { return typeid.PostFrom(rowID(m.site, "post", id)) }

// comment reads a row of Comments.xml.
func (m *importer) comment(row *row) (bulk.Comment, error) {
	f := fields{row: row}
	c := bulk.Comment{
		ID:        typeid.CommentFrom(rowID(m.site, "comment", f.id("Id"))),
		PostID:    m.postID(f.id("PostId")),
		Body:      strings.TrimSpace(strings.ReplaceAll(f.required("Text"), "\r\n", "\n")),
		CreatedAt: f.created(),
	}
	c.UpdatedAt = c.CreatedAt
	if author, ok := f.optionalID("UserId"); ok {
		c.AuthorID = m.userID(author)
	}
	return c, f.err
}

// tag makes a tag. The format gives it no date.
func tag(name string) bulk.Tag {
	return bulk.Tag{ID: typeid.TagFrom(tagID(name)), Name: name, CreatedAt: epoch}
}

// vote reads a row of Votes.xml: the post, and +1, -1 or 0 for its score.
func (m *importer) vote(row *row) (postID typeid.Post, add int, err error) {
	f := fields{row: row}
	f.id("Id")
	post, kind := f.id("PostId"), f.id("VoteTypeId")
	f.created()
	switch kind {
	case 2:
		add = 1
	case 3:
		add = -1
	}
	return m.postID(post), add, f.err
}
