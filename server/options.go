package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Options configures New. Schema is required; every other zero value means the
// default that its comment names.
type Options struct {
	// Schema is executed by /graphql. Required.
	Schema graphql.ExecutableSchema

	// Presenter turns an error of a resolver into what the client sees, and
	// logs a cause that the client must not see. The server adds the request
	// id, and answers panics by itself. Default: codes of apperr, else
	// INTERNAL_SERVER_ERROR with a fixed sentence.
	Presenter graphql.ErrorPresenterFunc

	// OperationContext prepares the context of one operation, such as its
	// loaders. The context given holds gqlgen's operation context, the
	// statement recorder and what Authenticate put there; stop cancels it. If
	// that is called with an *apperr.Error, that error becomes the answer.
	// Default: nothing.
	OperationContext func(ctx context.Context, stop context.CancelCauseFunc) context.Context

	// Buffer offers the execution a buffer for its answer, which is used again
	// when the answer is sent; see executor.WithBuffer. Whoever keeps the data
	// of a response must copy it. Default: nothing.
	Buffer func(context.Context, *[]byte) context.Context

	// Authenticate returns the request's context with the caller in it. An
	// error ends the request: with 401 and WWW-Authenticate if its code is
	// UNAUTHENTICATED, else with the status of its code. Default: everyone is
	// anonymous.
	Authenticate func(*http.Request) (context.Context, error)

	// Keys serves /.well-known/jwks.json. Default: it is 404.
	Keys http.Handler

	// Session wraps /graphql, inside all middleware, to keep sessions in
	// cookies. Default: nothing.
	Session func(http.Handler) http.Handler

	// Ready reports why the server cannot serve now, for /readyz; it is given
	// two seconds. The message of an apperr.Error is shown, any other cause is
	// only logged. Default: always ready.
	Ready func(context.Context) error

	// Playground serves GET / and GET /assets/. Default: both are 404.
	Playground http.Handler

	// Metrics serves /metrics on the private handler. Default: 404.
	Metrics http.Handler

	// Logger receives the access log and failures. Default: slog.Default().
	Logger *slog.Logger

	// Limits bounds requests and documents; its zero value is all defaults.
	Limits Limits

	// Introspection allows __schema and __type, and serves /schema.graphql.
	// Default: off.
	Introspection bool

	// Suggestions lets validation errors name similar fields, arguments and
	// types ("Did you mean"). Default: off.
	Suggestions bool

	// Explain decides whether the caller of an operation may have its
	// statements by GraphQL-Explain: 1. Default: nobody may.
	Explain func(context.Context) bool

	// Timeout bounds a whole request. Default: 30 seconds; negative means none.
	Timeout time.Duration

	// CORSOrigins are the origins whose pages may call /graphql, such as
	// "https://app.example.org"; "*" is any, without credentials. Default: none.
	CORSOrigins []string

	// CompressMinBytes is the smallest answer that is compressed with gzip or
	// zstd. Default: 1,400 bytes; negative turns compression off.
	CompressMinBytes int

	// DocumentCacheBytes bounds the texts of the validated documents that are
	// kept, together. Default: 4 MiB; negative keeps none.
	DocumentCacheBytes int
}

func (o Options) withDefaults() (Options, error) {
	if o.Schema == nil {
		return o, errors.New("configure server: Schema is required")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Presenter == nil {
		o.Presenter = presenter(o.Logger)
	}
	if o.OperationContext == nil {
		o.OperationContext = func(ctx context.Context, _ context.CancelCauseFunc) context.Context { return ctx }
	}
	if o.Buffer == nil {
		o.Buffer = func(ctx context.Context, _ *[]byte) context.Context { return ctx }
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
	if o.Explain == nil {
		o.Explain = func(context.Context) bool { return false }
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.CompressMinBytes == 0 {
		o.CompressMinBytes = 1_400
	}
	if o.DocumentCacheBytes == 0 {
		o.DocumentCacheBytes = 4 << 20
	}
	o.Limits = o.Limits.withDefaults()
	return o, nil
}
