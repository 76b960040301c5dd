package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	newid "github.com/google/uuid"
)

// user is Q1.
func (s *server) user(r *http.Request, dst []byte) ([]byte, error) {
	id, err := parseID(r.PathValue("id"), "user_")
	if err != nil {
		return nil, err
	}
	var username, name, bio, avatar, role string
	var created time.Time
	row := s.pool.QueryRow(r.Context(), userByID, id)
	if err := row.Scan(&id, &username, &name, &bio, &avatar, &role, &created); err != nil {
		return nil, err
	}
	dst = appendID(append(dst, `{"user":{"id":`...), "user_", id)
	dst = appendString(append(dst, `,"username":`...), username)
	dst = appendString(append(dst, `,"name":`...), name)
	dst = appendString(append(dst, `,"bio":`...), bio)
	dst = appendString(append(dst, `,"avatarUrl":`...), avatar)
	dst = appendString(append(dst, `,"role":`...), role)
	dst = appendTime(append(dst, `,"createdAt":`...), created)
	return append(dst, `}}`...), nil
}

// comment is Q5.
func (s *server) comment(r *http.Request, dst []byte) ([]byte, error) {
	ctx := r.Context()
	var input struct{ PostID, Body string }
	if err := json.NewDecoder(r.Body).Decode(&input); err != nil {
		return nil, err
	}
	on, err := parseID(input.PostID, "post_")
	if err != nil {
		return nil, err
	}
	c := remark{body: strings.TrimSpace(input.Body), created: time.Now().UTC().Truncate(time.Microsecond)}
	var role string
	if err := s.pool.QueryRow(ctx, viewerByName, strings.ToLower(r.Header.Get("Weft-Viewer"))).Scan(&c.author, &role); err != nil {
		return nil, err
	}
	var status string
	if err := s.pool.QueryRow(ctx, postStatus, on, c.author).Scan(&on, &status); err != nil {
		return nil, err
	}
	if status != "PUBLISHED" || c.body == "" || len(c.body) > 10_000 {
		return nil, errors.New("this comment is not taken")
	}
	made, err := newid.NewV7()
	if err != nil {
		return nil, err
	}
	c.id = uuid(made)
	if _, err := s.pool.Exec(ctx, addComment, c.created, c.created, c.body, c.author, on, c.id); err != nil {
		return nil, err
	}
	var by string
	if err := s.pool.QueryRow(ctx, username, c.author).Scan(&c.author, &by); err != nil {
		return nil, err
	}
	dst = appendRemark(append(dst, `{"addComment":{"comment":`...), &c, by)
	return append(dst, `}}`...), nil
}
