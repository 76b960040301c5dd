package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

// The cookies of a session. Their prefix makes a browser take them only over
// TLS, for this host alone and for all of its paths.
const (
	AccessCookie  = "__Host-weft-access"
	RefreshCookie = "__Host-weft-refresh"
)

// Cookies authenticates by the cookies that it sets, for front ends in a
// browser, whose scripts then hold no token. Bearer tokens work beside it.
//
// A page of another site cannot use the session: the cookies are
// SameSite=Strict, requests that a browser marks as cross-origin have none,
// and the server refuses what needs no preflight.
type Cookies struct{ Bearer Bearer }

// Authenticate returns the viewer of the bearer token, else of the session's
// cookie. A cookie that does not hold is UNAUTHENTICATED, and is taken back:
// the next request is anonymous and may sign in.
func (c Cookies) Authenticate(r *http.Request) (Viewer, error) {
	if v, err := c.Bearer.Authenticate(r); err != nil || !v.Anonymous() {
		return v, err
	}
	token := jarFrom(r.Context()).value(AccessCookie)
	if token == "" {
		return Viewer{}, nil
	}
	v, err := c.Bearer.Verify(r.Context(), token)
	if err != nil && apperr.CodeOf(err) == apperr.Unauthenticated {
		jarFrom(r.Context()).set(AccessCookie, "", time.Time{})
	}
	return v, err
}

// Handler lets what next runs read and set the cookies of a session.
func (Cookies) Handler(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if protection.Check(asPost(r)) == nil {
			r = r.WithContext(context.WithValue(r.Context(), jarKey{}, &jar{r, w.Header()}))
		}
		next.ServeHTTP(w, r)
	})
}

// asPost makes the protection look at reading requests too, which it lets pass
// from anywhere: what they read is the user's.
func asPost(r *http.Request) *http.Request {
	post := *r
	post.Method = http.MethodPost
	return &post
}

// jar is the cookies of one request and its answer.
type jar struct {
	request *http.Request
	answer  http.Header
}

type jarKey struct{}

// jarFrom returns nil where cookies are off.
func jarFrom(ctx context.Context) *jar {
	j, _ := ctx.Value(jarKey{}).(*jar)
	return j
}

func (j *jar) value(name string) string {
	if j == nil {
		return ""
	}
	cookie, err := j.request.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// set sets a cookie; one that expires at no time is taken back.
func (j *jar) set(name, value string, expires time.Time) {
	if j == nil {
		return
	}
	cookie := &http.Cookie{
		Name: name, Value: value, Path: "/", Expires: expires,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	j.answer.Add("Set-Cookie", cookie.String())
}

// KeepSession gives the client the tokens of a session as cookies, where those
// are on.
func KeepSession(ctx context.Context, access string, accessExpires time.Time, refresh string, refreshExpires time.Time) {
	j := jarFrom(ctx)
	j.set(AccessCookie, access, accessExpires)
	j.set(RefreshCookie, refresh, refreshExpires)
}

// DropSession takes the cookies of a session back.
func DropSession(ctx context.Context) {
	j := jarFrom(ctx)
	j.set(AccessCookie, "", time.Time{})
	j.set(RefreshCookie, "", time.Time{})
}

// KeptRefreshToken returns the refresh token that the client has as a cookie,
// or "".
func KeptRefreshToken(ctx context.Context) string { return jarFrom(ctx).value(RefreshCookie) }
