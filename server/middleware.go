package server

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
	rscors "github.com/rs/cors"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/telemetry"
)

// begin makes the exchange that the other parts fill in, with the request's id
// and trace. The exchange's context ends after timeout, or never if timeout is
// negative.
func (s *Server) begin(timeout time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := newExchange(w, r)
		defer x.stop(nil)
		if timeout >= 0 {
			defer x.limit(timeout).Stop()
		}
		x.request.ID = r.Header.Get("X-Request-Id")
		if !telemetry.ValidRequestID(x.request.ID) {
			x.request.ID = telemetry.NewRequestID()
		}
		if traceID, spanID, ok := telemetry.ParseTraceparent(r.Header.Get("Traceparent")); ok {
			x.request.TraceID, x.request.SpanID = traceID, spanID
		}
		x.idHeader[0] = x.request.ID
		w.Header()["X-Request-Id"] = x.idHeader[:]
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(&x.response, r.WithContext(x))
	})
}

// maxLogged bounds what a client can write into one attribute of the log.
const maxLogged = 200

// accessLog writes one record for each request. The record names the operation
// but never contains its variables or a header.
func accessLog(logger *slog.Logger) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				x := exchangeFrom(r.Context())
				level := x.level(r.URL.Path)
				if !logger.Enabled(r.Context(), level) {
					return
				}
				now := time.Now()
				var room [10]slog.Attr
				attrs := append(room[:0],
					slog.String("method", clip(r.Method)),
					slog.String("path", clip(r.URL.Path)),
					slog.Int("status", x.response.status),
					slog.Int64("bytes", x.response.bytes),
					slog.Float64("duration_ms", milliseconds(now.Sub(x.start))),
				)
				if op := &x.operation; op.Definition != nil {
					attrs = append(attrs,
						slog.String("operation", clip(op.Definition.Name)),
						slog.String("type", string(op.Type())),
						slog.Int("statements", op.Statements.Count()),
					)
				}
				if len(x.codes) > 0 {
					attrs = append(attrs, slog.Any("codes", x.codes))
				}
				if x.clientGone {
					attrs = append(attrs, slog.Bool("client_gone", true))
				}
				_ = telemetry.Log(r.Context(), logger, now, level, "request", attrs) // as slog does: a log that cannot be written fails no request
			}()
			next.ServeHTTP(w, r)
		})
	}
}

func (x *exchange) level(path string) slog.Level {
	switch {
	case x.response.status >= http.StatusInternalServerError && x.response.status != http.StatusServiceUnavailable:
		return slog.LevelError
	case path == "/livez", path == "/readyz", path == "/metrics":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func clip(s string) string {
	if len(s) > maxLogged {
		return s[:maxLogged]
	}
	return s
}

// recovery answers a panic outside the resolvers with a coded error. If part of
// an answer was sent already, the connection is cut, so that the client does
// not take that part for a whole answer.
func recovery(logger *slog.Logger) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(cause)
				}
				_ = operation.Recovered(r.Context(), logger, cause)
				if exchangeFrom(r.Context()).response.status != 0 {
					panic(http.ErrAbortHandler)
				}
				writeError(w, r, logger, http.StatusInternalServerError, operation.Errorf(apperr.Internal, apperr.InternalMessage))
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// securityHeaders are for answers that no page should frame, sniff or run. The
// playground replaces the policy with its own and adds the headers that concern
// only pages.
func securityHeaders(next http.Handler) http.Handler {
	var (
		policy  = []string{"default-src 'none'; frame-ancestors 'none'"}
		options = []string{"nosniff"}
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["Content-Security-Policy"] = policy
		header["X-Content-Type-Options"] = options
		next.ServeHTTP(w, r)
	})
}

// cors lets pages of the given origins call the server; without origins it
// adds nothing.
func cors(origins []string) middleware {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return rscors.New(rscors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: []string{
			"Accept", "Authorization", "Content-Type", "X-Request-Id", "Traceparent",
			"GraphQL-Require-Preflight", "Apollo-Require-Preflight", "GraphQL-Explain", "GraphQL-Cost",
			"Apollographql-Client-Name", "Apollographql-Client-Version",
			"GraphQL-Client-Name", "GraphQL-Client-Version", "Consistency-Token", "Idempotency-Key",
		},
		ExposedHeaders: []string{
			"X-Request-Id", "Consistency-Token", "Cache-Status", "RateLimit", "RateLimit-Policy",
			"Retry-After", "WWW-Authenticate",
		},
		MaxAge: int((2 * time.Hour).Seconds()), // what browsers cap it to
	}).Handler
}

// compression sends gzip or zstd, as the client prefers.
func compression(minBytes int) (middleware, error) {
	if minBytes < 0 {
		return func(next http.Handler) http.Handler { return next }, nil
	}
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minBytes))
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		compressing := wrap(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// There is nothing to compress. Caches need no Vary either: they keep no
			// answer to a POST.
			if r.Method == http.MethodPost && len(r.Header["Accept-Encoding"]) == 0 {
				next.ServeHTTP(w, r)
				return
			}
			compressing.ServeHTTP(w, r)
		})
	}, nil
}

// milliseconds rounds to a microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
