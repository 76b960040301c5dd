package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/operation"
)

// Options configures New. Operations is required; for all other fields the zero
// value means the default that the comment names.
type Options struct {
	// Operations answers the operations sent to /graphql. Required.
	Operations operation.Handler

	// Schema is served at /schema.graphql. Default: that path is 404.
	Schema *ast.Schema

	// Authenticate returns the request's context with the caller in it. An error
	// ends the request: with 401 and WWW-Authenticate if its code is
	// UNAUTHENTICATED, otherwise with the status of its code. Default: everyone is
	// anonymous.
	Authenticate func(*http.Request) (context.Context, error)

	// Keys serves /.well-known/jwks.json. Default: that path is 404.
	Keys http.Handler

	// Session wraps /graphql, inside all middleware, to keep sessions in
	// cookies. Default: nothing.
	Session func(http.Handler) http.Handler

	// Ready returns the reason why the server cannot serve now, for /readyz, or
	// nil. It is given two seconds. The message of an apperr.Error is shown; any
	// other cause is only logged. Default: always ready.
	Ready func(context.Context) error

	// Playground serves GET / and GET /assets/. Default: both are 404.
	Playground http.Handler

	// Metrics serves /metrics on the private handler. Default: 404.
	Metrics http.Handler

	// Documents serves /documents on the private handler, which says how often
	// each trusted document was requested. Default: 404.
	Documents http.Handler

	// Logger receives the access log and failures. Default: slog.Default().
	Logger *slog.Logger

	// Limits bounds requests: their body, URL and variables. A zero field means
	// its default.
	Limits operation.Limits

	// Timeout bounds a whole request. Default: 30 seconds; negative means none.
	Timeout time.Duration

	// CORSOrigins are the origins whose pages may call /graphql, such as
	// "https://app.example.org"; "*" is any, without credentials. Default: none.
	CORSOrigins []string

	// CompressMinBytes is the smallest answer that is compressed with gzip or
	// zstd. Default: 1,400 bytes; negative turns compression off.
	CompressMinBytes int
}

func (o Options) withDefaults() (Options, error) {
	if o.Operations == nil {
		return o, errors.New("configure server: Operations is required")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Authenticate == nil {
		o.Authenticate = func(r *http.Request) (context.Context, error) { return r.Context(), nil }
	}
	if o.Session == nil {
		o.Session = func(next http.Handler) http.Handler { return next }
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.CompressMinBytes == 0 {
		o.CompressMinBytes = 1_400
	}
	o.Limits = o.Limits.WithDefaults()
	return o, nil
}
