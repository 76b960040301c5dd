package auth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/weftql/weft/internal/apperr"
)

// ViewerHeader names the header that Header believes.
const ViewerHeader = "Weft-Viewer"

// Header takes whoever the Weft-Viewer header names for the viewer, without
// any proof: `Weft-Viewer: ada` or `Weft-Viewer: user_01h…`. It is for
// development and tests; production never uses it. It believes requests of this
// machine only, and none that a page of another site could have sent: a name
// of that site may be made to lead here.
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
	if !local(r) {
		return Viewer{}, apperr.New(apperr.Unauthenticated,
			"%s is believed from this machine only, under a name such as localhost, and without a proxy between: sign in instead", ViewerHeader)
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

// local reports whether a program on this machine sent the request, and no page
// of a site elsewhere.
func local(r *http.Request) bool {
	if !parseAddress(r.RemoteAddr).IsLoopback() || len(r.Header["X-Forwarded-For"]) > 0 || len(r.Header["Forwarded"]) > 0 || !localName(r.Host) {
		return false
	}
	for _, origin := range r.Header["Origin"] {
		from, err := url.Parse(origin)
		if err != nil || !localName(from.Host) {
			return false
		}
	}
	return true
}

// localName reports whether a host, with or without a port, is this machine
// by its name.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || parseAddress(host).IsLoopback()
}
