package main

import (
	"net/http"
	"time"
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
	if err := row.Scan(&id, &created, &username, &name, &bio, &avatar, &role); err != nil {
		return nil, err
	}
	dst = appendID(append(dst, `{"user":{"id":`...), "user_", id)
	dst = appendString(append(dst, `,"username":`...), username)
	dst = appendString(append(dst, `,"name":`...), name)
	dst = appendString(append(dst, `,"bio":`...), bio)
	dst = append(dst, `,"avatarUrl":`...)
	if avatar == "" {
		dst = append(dst, "null"...)
	} else {
		dst = appendString(dst, avatar)
	}
	dst = appendString(append(dst, `,"role":`...), role)
	dst = appendTime(append(dst, `,"createdAt":`...), created)
	return append(dst, `}}`...), nil
}
