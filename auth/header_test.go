package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
)

func TestHeader(t *testing.T) {
	ada := auth.Viewer{
		ID: typeid.UserFrom(uuid.Must(uuid.NewV7())), Role: auth.RoleUser,
		Scopes: auth.AllScopes, Kind: auth.KindHeader,
	}
	down := errors.New("the store is away")
	find := auth.Header{Find: func(_ context.Context, login string) (auth.Viewer, error) {
		switch login {
		case "ada", ada.ID.String():
			return ada, nil
		case "down":
			return auth.Viewer{}, down
		case "nobody":
			return auth.Viewer{}, nil
		}
		return auth.Viewer{}, apperr.New(apperr.NotFound, "there is no user %s", login)
	}}
	for name, tt := range map[string]struct {
		header []string
		want   auth.Viewer
		code   apperr.Code
	}{
		"none":     {nil, auth.Viewer{}, ""},
		"username": {[]string{"ada"}, ada, ""},
		"id":       {[]string{" " + ada.ID.String() + " "}, ada, ""},
		"unknown":  {[]string{"eve"}, auth.Viewer{}, apperr.Unauthenticated},
		"nobody":   {[]string{"nobody"}, auth.Viewer{}, apperr.Unauthenticated},
		"empty":    {[]string{""}, auth.Viewer{}, apperr.Unauthenticated},
		"repeated": {[]string{"ada", "ada"}, auth.Viewer{}, apperr.Unauthenticated},
		"long":     {[]string{strings.Repeat("a", 200)}, auth.Viewer{}, apperr.Unauthenticated},
		"down":     {[]string{"down"}, auth.Viewer{}, apperr.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.RemoteAddr, r.Host = "127.0.0.1:1234", "localhost:8080"
			r.Header[auth.ViewerHeader] = tt.header
			ctx, err := auth.Middleware(find)(r)
			if tt.code != "" {
				if err == nil || apperr.CodeOf(err) != tt.code || ctx != nil {
					t.Fatalf("got context %v and %v, want %s", ctx, err, tt.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := auth.FromContext(ctx); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestHeaderOfThisMachine believes the header from this machine under a name
// of its own, and from nowhere else: a page of another site may have its name
// lead here.
func TestHeaderOfThisMachine(t *testing.T) {
	ada := auth.Viewer{ID: typeid.UserFrom(uuid.Must(uuid.NewV7())), Role: auth.RoleAdmin}
	header := auth.Header{Find: func(context.Context, string) (auth.Viewer, error) { return ada, nil }}
	for name, tt := range map[string]struct {
		from, host, origin, forwarded string
		believed                      bool
	}{
		"localhost":          {"127.0.0.1:1", "localhost:8080", "", "", true},
		"address":            {"127.0.0.1:1", "127.0.0.1:8080", "http://127.0.0.1:8080", "", true},
		"IPv6":               {"[::1]:1", "[::1]:8080", "http://[::1]:8080", "", true},
		"front end":          {"127.0.0.1:1", "localhost:8080", "http://localhost:3000", "", true},
		"subdomain":          {"127.0.0.1:1", "weft.localhost.:8080", "", "", true},
		"other host":         {"192.0.2.7:1", "localhost:8080", "", "", false},
		"rebound name":       {"127.0.0.1:1", "evil.example:8080", "", "", false},
		"name made to look":  {"127.0.0.1:1", "localhost.evil.example", "", "", false},
		"page of a site":     {"127.0.0.1:1", "localhost:8080", "https://evil.example", "", false},
		"page without a one": {"127.0.0.1:1", "localhost:8080", "null", "", false},
		"proxy":              {"127.0.0.1:1", "localhost:8080", "", "192.0.2.7", false},
		"no host":            {"127.0.0.1:1", "", "", "", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
		r.RemoteAddr, r.Host = tt.from, tt.host
		r.Header.Set(auth.ViewerHeader, "ada")
		if tt.origin != "" {
			r.Header.Set("Origin", tt.origin)
		}
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		v, err := header.Authenticate(r)
		if tt.believed != (err == nil && v.ID == ada.ID) || err != nil && apperr.CodeOf(err) != apperr.Unauthenticated {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}
