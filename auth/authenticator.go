package auth

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/weftql/weft/internal/apperr"
)

// Authenticator finds out who sends a request.
type Authenticator interface {
	// Authenticate returns who asks: the zero viewer if the request carries no
	// credential. A credential that does not hold is UNAUTHENTICATED, never
	// the zero viewer.
	Authenticate(r *http.Request) (Viewer, error)
}

// AnyOf asks one authenticator after the other until one knows the viewer or
// refuses the credential.
type AnyOf []Authenticator

// Authenticate returns the first viewer who is not anonymous.
func (all AnyOf) Authenticate(r *http.Request) (Viewer, error) {
	for _, a := range all {
		if v, err := a.Authenticate(r); err != nil || !v.Anonymous() {
			return v, err
		}
	}
	return Viewer{}, nil
}

// Middleware returns what puts the viewer whom a finds, and the address that
// the request came from, into the context of a request; its error is a's.
// Forwarded addresses are believed from the trusted proxies.
func Middleware(a Authenticator, trusted ...netip.Prefix) func(*http.Request) (context.Context, error) {
	return func(r *http.Request) (context.Context, error) {
		v, err := a.Authenticate(r)
		if err != nil {
			return nil, err
		}
		return &caller{r.Context(), v, r, trusted}, nil
	}
}

// caller is the context of a request: NewContext and WithAddress in one.
type caller struct {
	context.Context
	viewer  Viewer
	request *http.Request
	trusted []netip.Prefix
}

// Value implements context.Context.
func (c *caller) Value(key any) any {
	switch key {
	case viewerKey{}:
		return &c.viewer
	case addressKey{}:
		return new(ClientAddress(c.request, c.trusted))
	case userAgentKey{}:
		return c.request.UserAgent()
	}
	return c.Context.Value(key)
}

// Refuse returns the UNAUTHENTICATED error for a credential that does not
// hold. All faults read the same to the client; cause is for the log and must
// hold no part of the credential.
func Refuse(cause error) error {
	return apperr.Wrap(cause, apperr.Unauthenticated, "the credential is not valid: sign in again")
}
