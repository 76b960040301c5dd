package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/apperr"
)

// TestViewerWithoutDatabase wants a database that is away told as such, and not
// as a fault of the server.
func TestViewerWithoutDatabase(t *testing.T) {
	away := auth.Header{Find: func(context.Context, string) (auth.Viewer, error) {
		return auth.Viewer{}, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
	r.Header.Set(auth.ViewerHeader, "alice")
	if _, err := coded(auth.Middleware(away))(r); apperr.CodeOf(err) != apperr.Overloaded {
		t.Errorf("got %v, want %s", err, apperr.Overloaded)
	}
}
