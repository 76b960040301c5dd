package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Prefixes of the opaque tokens, by which they are told from JWTs and found by
// secret scanners.
const (
	PersonalPrefix = "weft_pat_"
	RefreshPrefix  = "weft_rt_"
)

// maxToken bounds a bearer token, in bytes, before anything reads it.
const maxToken = 8 << 10

// Verifier tells whose token it is.
type Verifier interface {
	// Verify returns the token's viewer, who is never anonymous. A token that
	// does not hold is UNAUTHENTICATED.
	Verify(ctx context.Context, token string) (Viewer, error)
}

// Bearer authenticates by `Authorization: Bearer <token>` (RFC 6750). A token
// in the address or in the body counts for nothing.
type Bearer struct {
	Access   Verifier // of JWTs
	Personal Verifier // of personal access tokens; nil refuses them
}

// Authenticate returns the viewer of the request's token; without the header
// the request is anonymous. An empty, repeated or foreign header is
// UNAUTHENTICATED.
func (b Bearer) Authenticate(r *http.Request) (Viewer, error) {
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return Viewer{}, nil
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return Viewer{}, Refuse(errors.New("the Authorization header does not hold one bearer token"))
	}
	return b.Verify(r.Context(), strings.TrimSpace(token))
}

// Verify returns the viewer of a token that came by another way than the
// header, such as a WebSocket's connection_init.
func (b Bearer) Verify(ctx context.Context, token string) (Viewer, error) {
	if token == "" || len(token) > maxToken {
		return Viewer{}, Refuse(errors.New("the bearer token is empty or too long"))
	}
	verifier := b.Access
	switch {
	case strings.HasPrefix(token, PersonalPrefix):
		verifier = b.Personal
	case strings.HasPrefix(token, RefreshPrefix):
		return Viewer{}, Refuse(errors.New("a refresh token was sent as an access token"))
	}
	if verifier == nil {
		return Viewer{}, Refuse(errors.New("tokens of this kind are not taken"))
	}
	v, err := verifier.Verify(ctx, token)
	if err != nil {
		return Viewer{}, err
	}
	if v.Anonymous() {
		return Viewer{}, Refuse(errors.New("the bearer token names nobody"))
	}
	return v, nil
}
