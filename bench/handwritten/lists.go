package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// newest is Q2.
func (s *server) newest(r *http.Request, dst []byte) ([]byte, error) {
	type post struct {
		id, author     uuid
		title, excerpt string
		published      time.Time
		score          int64
	}
	posts := make([]post, 0, 101)
	err := s.each(r.Context(), newest100, func(rows pgx.Rows) error {
		var p post
		err := rows.Scan(&p.id, &p.title, &p.excerpt, &p.published, &p.score, &p.author)
		posts = append(posts, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	posts = posts[:min(len(posts), 100)]
	type user struct{ username, name string }
	byID := make(map[uuid]user, len(posts))
	err = s.each(r.Context(), authors, func(rows pgx.Rows) error {
		var id uuid
		var u user
		err := rows.Scan(&id, &u.username, &u.name)
		byID[id] = u
		return err
	}, distinct(len(posts), func(i int) uuid { return posts[i].author }))
	if err != nil {
		return nil, err
	}
	dst = append(dst, `{"posts":{"nodes":[`...)
	for i := range posts {
		p := &posts[i]
		u := byID[p.author]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendID(append(dst, `{"id":`...), "post_", p.id)
		dst = appendString(append(dst, `,"title":`...), p.title)
		dst = appendString(append(dst, `,"excerpt":`...), p.excerpt)
		dst = appendTime(append(dst, `,"publishedAt":`...), p.published)
		dst = strconv.AppendInt(append(dst, `,"score":`...), p.score, 10)
		dst = appendID(append(dst, `,"author":{"id":`...), "user_", p.author)
		dst = appendString(append(dst, `,"username":`...), u.username)
		dst = appendString(append(dst, `,"name":`...), u.name)
		dst = append(dst, `}}`...)
	}
	return append(dst, `]}}`...), nil
}

// after is Q4.
func (s *server) after(r *http.Request, dst []byte) ([]byte, error) {
	ctx := r.Context()
	at, from, err := parseCursor(r.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	type post struct {
		id, author  uuid
		title, body string
		published   time.Time
	}
	posts := make([]post, 0, 51)
	err = s.each(ctx, postsAfter, func(rows pgx.Rows) error {
		var p post
		err := rows.Scan(&p.id, &p.title, &p.body, &p.published, &p.author)
		posts = append(posts, p)
		return err
	}, at, from)
	if err != nil {
		return nil, err
	}
	more := len(posts) > 50
	posts = posts[:min(len(posts), 50)]
	nameOf, err := s.texts(ctx, names, distinct(len(posts), func(i int) uuid { return posts[i].author }))
	if err != nil {
		return nil, err
	}
	ids := make([]uuid, len(posts))
	for i := range posts {
		ids[i] = posts[i].id
	}
	countOf, err := s.counts(ctx, ids)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `{"posts":{"edges":[`...)
	for i := range posts {
		p := &posts[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCursor(append(dst, `{"cursor":`...), p.published, p.id)
		dst = appendID(append(dst, `,"node":{"id":`...), "post_", p.id)
		dst = appendString(append(dst, `,"title":`...), p.title)
		dst = appendString(append(dst, `,"body":`...), p.body)
		dst = appendTime(append(dst, `,"publishedAt":`...), p.published)
		dst = appendID(append(dst, `,"author":{"id":`...), "user_", p.author)
		dst = appendString(append(dst, `,"name":`...), nameOf[p.author])
		dst = strconv.AppendInt(append(dst, `},"comments":{"totalCount":`...), countOf[p.id], 10)
		dst = append(dst, `}}}`...)
	}
	dst = strconv.AppendBool(append(dst, `],"pageInfo":{"hasNextPage":`...), more)
	if last := len(posts) - 1; last >= 0 {
		dst = appendCursor(append(dst, `,"endCursor":`...), posts[last].published, posts[last].id)
	} else {
		dst = append(dst, `,"endCursor":null`...)
	}
	return append(dst, `}}}`...), nil
}

// users is Q3.
func (s *server) users(r *http.Request, dst []byte) ([]byte, error) {
	ctx := r.Context()
	type post struct {
		id        uuid
		title     string
		published time.Time
		row       int // among all posts
	}
	type user struct {
		id             uuid
		username, name string
		created        time.Time
		posts          []post
	}
	list := make([]user, 0, 21)
	err := s.each(ctx, newest20, func(rows pgx.Rows) error {
		var u user
		err := rows.Scan(&u.id, &u.created, &u.username, &u.name)
		list = append(list, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	list = list[:min(len(list), 20)]
	userIDs := make([]uuid, len(list))
	for i := range list {
		userIDs[i] = list[i].id
	}
	ids := make([]uuid, 0, 10*len(list))
	err = s.each(ctx, postsOf, func(rows pgx.Rows) error {
		var ord int64
		p := post{row: len(ids)}
		if err := rows.Scan(&ord, &p.id, &p.title, &p.published); err != nil {
			return err
		}
		if u := &list[ord-1]; len(u.posts) < 10 {
			u.posts = append(u.posts, p)
			ids = append(ids, p.id)
		}
		return nil
	}, userIDs)
	if err != nil {
		return nil, err
	}
	tagsOn, err := s.tags(ctx, ids)
	if err != nil {
		return nil, err
	}
	remarksOn, err := s.remarks(ctx, ids)
	if err != nil {
		return nil, err
	}
	var by []uuid
	for _, on := range remarksOn {
		for i := range on.first {
			by = append(by, on.first[i].author)
		}
	}
	nameOf, err := s.texts(ctx, usernames, distinct(len(by), func(i int) uuid { return by[i] }))
	if err != nil {
		return nil, err
	}
	dst = append(dst, `{"users":{"nodes":[`...)
	for i := range list {
		u := &list[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendID(append(dst, `{"id":`...), "user_", u.id)
		dst = appendString(append(dst, `,"username":`...), u.username)
		dst = appendString(append(dst, `,"name":`...), u.name)
		dst = append(dst, `,"posts":{"nodes":[`...)
		for j := range u.posts {
			p := &u.posts[j]
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = appendID(append(dst, `{"id":`...), "post_", p.id)
			dst = appendString(append(dst, `,"title":`...), p.title)
			dst = appendTime(append(dst, `,"publishedAt":`...), p.published)
			dst = append(dst, `,"tags":[`...)
			for k, t := range tagsOn[p.id] {
				if k > 0 {
					dst = append(dst, ',')
				}
				dst = append(appendString(append(dst, `{"name":`...), t.name), '}')
			}
			dst = strconv.AppendInt(append(dst, `],"comments":{"totalCount":`...), remarksOn[p.row].total, 10)
			dst = append(dst, `,"nodes":[`...)
			for k := range remarksOn[p.row].first {
				c := &remarksOn[p.row].first[k]
				if k > 0 {
					dst = append(dst, ',')
				}
				dst = appendRemark(dst, c, nameOf[c.author])
			}
			dst = append(dst, `]}}`...)
		}
		dst = append(dst, `]}}`...)
	}
	return append(dst, `]}}`...), nil
}

func appendRemark(dst []byte, c *remark, username string) []byte {
	dst = appendID(append(dst, `{"id":`...), "comment_", c.id)
	dst = appendString(append(dst, `,"body":`...), c.body)
	dst = appendTime(append(dst, `,"createdAt":`...), c.created)
	dst = appendID(append(dst, `,"author":{"id":`...), "user_", c.author)
	dst = appendString(append(dst, `,"username":`...), username)
	return append(dst, `}}`...)
}
