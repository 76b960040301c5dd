package auth

import (
	"context"
	"net/http"

	"github.com/weftql/weft/internal/apperr"
)

// Authenticator finds out who sends a request.
type Authenticator interface {
	// Authenticate returns who asks: the zero viewer if the request carries no
	// credential. A credential that does not hold is UNAUTHENTICATED, never
	// the zero viewer.
	Authenticate(r *http.Request) (Viewer, error)
}

// Middleware returns what puts the viewer whom a finds into the context of a
// request; its error is a's.
func Middleware(a Authenticator) func(*http.Request) (context.Context, error) {
	return func(r *http.Request) (context.Context, error) {
		v, err := a.Authenticate(r)
		if err != nil {
			return nil, err
		}
		return NewContext(r.Context(), v), nil
	}
}

// Refuse returns the UNAUTHENTICATED error for a credential that does not
// hold. All faults read the same to the client; cause is for the log and must
// hold no part of the credential.
func Refuse(cause error) error {
	return apperr.Wrap(cause, apperr.Unauthenticated, "the credential is not valid: sign in again")
}
