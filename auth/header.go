package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/weftql/weft/internal/apperr"
)

// ViewerHeader names the header that Header believes.
const ViewerHeader = "Weft-Viewer"

// Header takes whoever the Weft-Viewer header names for the viewer, without
// any proof: `Weft-Viewer: ada` or `Weft-Viewer: user_01h…`. It is for
// development and tests; production never uses it.
type Header struct {
	// Find returns the viewer with this user name or id, or NOT_FOUND.
	Find func(ctx context.Context, login string) (Viewer, error)
}

// maxLogin bounds what is looked up: longer than any user name or id.
const maxLogin = 128

// Authenticate finds the user whom the header names. Without the header the
// request is anonymous; an unknown user, an empty or a repeated header is
// UNAUTHENTICATED.
func (h Header) Authenticate(r *http.Request) (Viewer, error) {
	values := r.Header.Values(ViewerHeader)
	if len(values) == 0 {
		return Viewer{}, nil
	}
	login := strings.TrimSpace(values[0])
	if len(values) > 1 || login == "" || len(login) > maxLogin {
		return Viewer{}, Refuse(errors.New(ViewerHeader + " does not name one user"))
	}
	v, err := h.Find(r.Context(), login)
	switch {
	case err != nil && apperr.CodeOf(err) == apperr.NotFound:
		return Viewer{}, Refuse(err)
	case err != nil:
		return Viewer{}, err
	case v.Anonymous():
		return Viewer{}, Refuse(errors.New(ViewerHeader + " names nobody"))
	}
	v.Kind, v.Scopes = KindHeader, AllScopes
	return v, nil
}
