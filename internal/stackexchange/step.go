package stackexchange

import (
	"context"
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

func (m *importer) users(ctx context.Context) error {
	count := &m.summary.Users
	read := func(row *row) (bulk.User, bool, error) {
		user, err := m.user(row)
		return user, true, err
	}
	return rows(ctx, m, "users", m.fault(count), count, read, func(ctx context.Context, users []bulk.User) error {
		if err := m.freeNames(ctx, users); err != nil {
			return err
		}
		result, err := m.writer.Users(ctx, users)
		count.Add(result)
		return err
	})
}

// freeNames changes the user names that others have: people of other sites,
// and accounts made here. Within a site the dump's id makes a name unique, and
// whoever has a name here keeps it, so the next import chooses the same.
func (m *importer) freeNames(ctx context.Context, users []bulk.User) error {
	for _, more := range []func(id uuid.UUID) string{
		func(uuid.UUID) string { return "-" + slug(m.site) },
		func(id uuid.UUID) string { return "-" + hex.EncodeToString(id[10:]) },
	} {
		names := make([]string, len(users))
		for i := range users {
			names[i] = users[i].Username
		}
		holders, err := m.writer.Usernames(ctx, names)
		if err != nil {
			return err
		}
		for i := range users {
			u := &users[i]
			if holder, ok := holders[u.Username]; ok && holder != u.ID {
				u.Username += more(u.ID.UUID())
			}
		}
	}
	return nil
}

func (m *importer) tags(ctx context.Context) error {
	count := &m.summary.Tags
	read := func(row *row) (bulk.Tag, bool, error) {
		f := fields{row: row}
		f.id("Id")
		name, err := tagName(f.required("TagName"))
		f.fail(err)
		return tag(name), true, f.err
	}
	return rows(ctx, m, "tags", m.fault(count), count, read, func(ctx context.Context, tags []bulk.Tag) error {
		result, err := m.writer.Tags(ctx, tags)
		count.Add(result)
		return err
	})
}

func (m *importer) questions(ctx context.Context) error {
	count := &m.summary.Questions
	read := func(row *row) (post bulk.Post, ok bool, err error) {
		f := fields{row: row}
		switch postType := f.id("PostTypeId"); {
		case f.err != nil:
			return post, false, f.err
		case postType == question:
			post, err = m.post(row, question)
			return post, true, err
		case postType != answer:
			m.otherPost(postType)
		}
		return post, false, nil
	}
	return rows(ctx, m, "posts", m.fault(count), count, read, func(ctx context.Context, posts []bulk.Post) error {
		var tags []bulk.Tag
		for _, post := range posts {
			for _, name := range post.Tags {
				tags = append(tags, tag(name))
			}
		}
		// Tags.xml may be missing, or lack some.
		result, err := m.writer.Tags(ctx, tags)
		if err != nil {
			return err
		}
		m.summary.Tags.Inserted += result.Inserted
		return m.write(ctx, posts, count)
	})
}

func (m *importer) otherPost(postType int64) {
	if m.summary.OtherPosts == nil {
		m.summary.OtherPosts = map[string]int{}
	}
	m.summary.OtherPosts[postKind(postType)]++
}

// answers reads Posts.xml a second time. Rows that cannot be read as far as
// their type have been reported the first time.
func (m *importer) answers(ctx context.Context) error {
	count := &m.summary.Answers
	read := func(row *row) (post bulk.Post, ok bool, err error) {
		f := fields{row: row}
		if postType := f.id("PostTypeId"); f.err != nil || postType != answer {
			return post, false, nil //nolint:nilerr // reported before
		}
		post, err = m.post(row, answer)
		return post, true, err
	}
	known := func(Fault) {}
	return rows(ctx, m, "posts", known, count, read, func(ctx context.Context, posts []bulk.Post) error {
		parents := make([]typeid.Post, len(posts))
		for i := range posts {
			parents[i] = posts[i].ParentID
		}
		known, err := m.writer.KnownPosts(ctx, parents)
		if err != nil {
			return err
		}
		kept := posts[:0]
		for _, post := range posts {
			if known[post.ParentID] {
				kept = append(kept, post)
			} else {
				count.skip("its question is not there")
			}
		}
		return m.write(ctx, kept, count)
	})
}

// write gives posts without a known author to ghost and writes them.
func (m *importer) write(ctx context.Context, posts []bulk.Post, count *Count) error {
	authors := make([]*typeid.User, len(posts))
	for i := range posts {
		authors[i] = &posts[i].AuthorID
	}
	if err := m.replaceUnknown(ctx, authors, count); err != nil {
		return err
	}
	result, err := m.writer.Posts(ctx, posts)
	count.Add(result)
	return err
}

func (m *importer) comments(ctx context.Context) error {
	count := &m.summary.Comments
	read := func(row *row) (bulk.Comment, bool, error) {
		comment, err := m.comment(row)
		return comment, true, err
	}
	return rows(ctx, m, "comments", m.fault(count), count, read, func(ctx context.Context, comments []bulk.Comment) error {
		posts := make([]typeid.Post, len(comments))
		for i := range comments {
			posts[i] = comments[i].PostID
		}
		known, err := m.writer.KnownPosts(ctx, posts)
		if err != nil {
			return err
		}
		kept, authors := comments[:0], []*typeid.User{}
		for _, comment := range comments {
			if _, ok := known[comment.PostID]; ok {
				kept = append(kept, comment)
			} else {
				count.skip("its question or answer is not there")
			}
		}
		for i := range kept {
			authors = append(authors, &kept[i].AuthorID)
		}
		if err := m.replaceUnknown(ctx, authors, count); err != nil {
			return err
		}
		result, err := m.writer.Comments(ctx, kept)
		count.Add(result)
		return err
	})
}

// replaceUnknown puts ghost in the place of authors that are not there.
func (m *importer) replaceUnknown(ctx context.Context, authors []*typeid.User, count *Count) error {
	distinct := map[typeid.User]bool{}
	for _, author := range authors {
		distinct[*author] = true
	}
	ids := make([]typeid.User, 0, len(distinct))
	for id := range distinct {
		ids = append(ids, id)
	}
	known, err := m.writer.KnownUsers(ctx, ids)
	if err != nil {
		return err
	}
	for _, author := range authors {
		if !known[*author] {
			*author = m.ghost
			count.Ghost++
		}
	}
	return nil
}

// voted is a vote's effect on a post.
type voted struct {
	post typeid.Post
	add  int
}

// votes counts votes, and adds them up where the posts came without scores.
func (m *importer) votes(ctx context.Context) error {
	count := &m.summary.Votes
	read := func(row *row) (v voted, ok bool, err error) {
		v.post, v.add, err = m.vote(row)
		return v, true, err
	}
	return rows(ctx, m, "votes", m.fault(count), count, read, func(ctx context.Context, votes []voted) error {
		sums := map[typeid.Post]int{}
		for _, v := range votes {
			switch v.add {
			case 1:
				m.summary.UpVotes++
			case -1:
				m.summary.DownVotes++
			}
			sums[v.post] += v.add
		}
		if m.scored {
			return nil
		}
		scores := make([]bulk.Score, 0, len(sums))
		for post, add := range sums {
			scores = append(scores, bulk.Score{PostID: post, Add: add})
		}
		return m.writer.AddScores(ctx, scores)
	})
}
