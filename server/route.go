package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

func (s *Server) routes(o Options, c *coder) http.Handler {
	mux := http.NewServeMux()
	operations := o.Session(newTransport(o, c))
	mux.Handle("/graphql", operations)
	mux.Handle("/graphql/{document}", operations)
	if o.Playground != nil {
		mux.Handle("/{$}", s.getOnly(o.Playground))
		mux.Handle("/assets/", s.getOnly(o.Playground))
	}
	if o.Schema != nil {
		mux.Handle("/schema.graphql", s.getOnly(newSDL(o.Schema)))
	}
	if o.Keys != nil {
		mux.Handle("/.well-known/jwks.json", s.getOnly(o.Keys))
	}
	s.probes(mux, o)
	mux.HandleFunc("/", s.notFound)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/graphql" { // nearly all requests: going through the mux takes a microsecond
			operations.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) privateRoutes(o Options) http.Handler {
	mux := http.NewServeMux()
	s.probes(mux, o)
	if o.Metrics != nil {
		mux.Handle("/metrics", s.getOnly(o.Metrics))
	}
	if o.Documents != nil {
		mux.Handle("/documents", s.getOnly(o.Documents))
	}
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/", s.notFound)
	return mux
}

func (s *Server) probes(mux *http.ServeMux, o Options) {
	mux.Handle("/livez", s.getOnly(http.HandlerFunc(live)))
	mux.Handle("/readyz", s.getOnly(s.readiness(o)))
}

// probe is the body of /livez and /readyz.
type probe struct {
	Status string `json:"status"`           // "live", "ready", "draining" or "unavailable"
	Reason string `json:"reason,omitempty"` // why it is not ready
}

func live(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, probe{Status: "live"})
}

// readyTimeout bounds the check of one probe.
const readyTimeout = 2 * time.Second

func (s *Server) readiness(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			writeJSON(w, http.StatusServiceUnavailable, probe{"draining", "the server is shutting down"})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := o.Ready(ctx); err != nil {
			reason := "a dependency is not ready"
			if code := apperr.CodeOf(err); code != apperr.Internal {
				reason = operation.Fail(err).Errors[0].Message
			}
			o.Logger.WarnContext(ctx, "not ready", "error", err.Error())
			writeJSON(w, http.StatusServiceUnavailable, probe{"unavailable", reason})
			return
		}
		writeJSON(w, http.StatusOK, probe{Status: "ready"})
	}
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	writeError(w, r, s.logger, http.StatusNotFound, operation.Errorf(apperr.NotFound, "nothing is served at this path"))
}

// getOnly refuses methods other than GET and HEAD.
func (s *Server) getOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeError(w, r, s.logger, http.StatusMethodNotAllowed, operation.Errorf(apperr.BadUserInput, "use GET"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// writeError answers with an error outside /graphql, in the same form as there.
func writeError(w http.ResponseWriter, r *http.Request, logger *slog.Logger, status int, err *gqlerror.Error) {
	response := operation.Refuse(err)
	exchangeFrom(r.Context()).finish(r.Context(), logger, response)
	writeJSON(w, status, struct {
		Errors gqlerror.List `json:"errors"`
	}{response.Errors})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // all values are structures of this package
	}
	header := w.Header()
	header.Set("Content-Type", mediaJSON.contentType())
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone; there is no one to tell
}
