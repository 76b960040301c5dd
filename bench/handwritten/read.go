package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

type tag struct {
	id   uuid
	name string
}

type remark struct {
	id, author uuid
	body       string
	created    time.Time
}

// each calls scan for every row.
func (s *server) each(ctx context.Context, sql string, scan func(pgx.Rows) error, args ...any) error {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// distinct returns the keys of n things, each once.
func distinct(n int, key func(int) uuid) []uuid {
	ids := make([]uuid, 0, n)
	seen := make(map[uuid]struct{}, n)
	for i := range n {
		k := key(i)
		if _, ok := seen[k]; !ok {
			seen[k] = struct{}{}
			ids = append(ids, k)
		}
	}
	return ids
}

// texts reads one text of each row by its id.
func (s *server) texts(ctx context.Context, sql string, ids []uuid) (map[uuid]string, error) {
	found := make(map[uuid]string, len(ids))
	err := s.each(ctx, sql, func(rows pgx.Rows) error {
		var id uuid
		var text string
		err := rows.Scan(&id, &text)
		found[id] = text
		return err
	}, ids)
	return found, err
}

func (s *server) counts(ctx context.Context, posts []uuid) (map[uuid]int64, error) {
	found := make(map[uuid]int64, len(posts))
	err := s.each(ctx, countsOf, func(rows pgx.Rows) error {
		var ord, n int64
		err := rows.Scan(&ord, &n)
		found[posts[ord-1]] = n
		return err
	}, posts)
	return found, err
}

// tags reads the tags of posts, by name.
func (s *server) tags(ctx context.Context, posts []uuid) (map[uuid][]tag, error) {
	found := make(map[uuid][]tag, len(posts))
	err := s.each(ctx, tagsOf, func(rows pgx.Rows) error {
		var on uuid
		var t tag
		err := rows.Scan(&on, &t.id, &t.name)
		found[on] = append(found[on], t)
		return err
	}, posts)
	for _, list := range found {
		slices.SortFunc(list, func(a, b tag) int { return cmp.Compare(a.name, b.name) })
	}
	return found, err
}

// remarks are the first comments of a post, and how many it has.
type remarks struct {
	first []remark
	total int64
}

// remarks reads those of each post, in the order of the posts.
func (s *server) remarks(ctx context.Context, posts []uuid) ([]remarks, error) {
	found := make([]remarks, len(posts))
	err := s.each(ctx, commentsOf, func(rows pgx.Rows) error {
		var ord, total int64
		var c remark
		if err := rows.Scan(&ord, &total, &c.id, &c.created, &c.body, &c.author); err != nil {
			return err
		}
		on := &found[ord-1]
		on.total = total
		if len(on.first) < 5 {
			on.first = append(on.first, c)
		}
		return nil
	}, posts)
	return found, err
}
