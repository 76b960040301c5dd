//go:build linux

package main

import (
	"context"
	"errors"
	"time"
)

// session is who writes the comments of Q5 and the posts of Q6: a user who has
// signed up at Weft.
type session struct {
	server   *server
	username string

	access, refresh string // tokens
	renewed         time.Time
}

// renewAfter is a third of what an access token holds.
const renewAfter = 5 * time.Minute

// writer is the name of the user.
const writer = "writer"

// granted is what sign-up and renewal answer.
type granted struct{ AccessToken, RefreshToken string }

// signUp makes the user and their session.
func signUp(ctx context.Context, s *server) (*session, error) {
	var data struct{ SignUp granted }
	err := s.query(ctx, `mutation { signUp(input: {username: "`+writer+`", email: "writer@example.org", password: "warp and weft make cloth"}) {
		accessToken refreshToken } }`, &data)
	if err != nil {
		return nil, err
	}
	return (&session{server: s, username: writer}).keep(data.SignUp)
}

// renew makes the access token hold for some minutes from now on.
func (s *session) renew(ctx context.Context) error {
	if s == nil || time.Since(s.renewed) < renewAfter {
		return nil
	}
	var data struct{ RefreshToken granted }
	err := s.server.query(ctx, `mutation { refreshToken(input: {refreshToken: "`+s.refresh+`"}) { accessToken refreshToken } }`, &data)
	if err != nil {
		return err
	}
	_, err = s.keep(data.RefreshToken)
	return err
}

func (s *session) keep(g granted) (*session, error) {
	if g.AccessToken == "" || g.RefreshToken == "" {
		return nil, errors.New("the server gave no tokens")
	}
	s.access, s.refresh, s.renewed = g.AccessToken, g.RefreshToken, time.Now()
	return s, nil
}
