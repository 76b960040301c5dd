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
