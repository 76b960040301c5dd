package server

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
)

// Server is Weft's http.Handler for the public listener. Private returns the
// one for the private listener.
type Server struct {
	handler  http.Handler
	private  http.Handler
	logger   *slog.Logger
	draining atomic.Bool
}

// New builds the handlers. It fails without Operations, or if compression
// cannot be set up.
func New(options Options) (*Server, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{logger: o.Logger}
	compress, err := compression(o.CompressMinBytes)
	if err != nil {
		return nil, fmt.Errorf("configure compression: %w", err)
	}
	var kept *coder
	if o.CompressMinBytes >= 0 {
		if kept, err = newCoder(); err != nil {
			return nil, fmt.Errorf("configure compression: %w", err)
		}
	}
	s.handler = s.begin(o.Timeout, chain(s.routes(o, kept), // first, so that every line and answer names its request
		accessLog(o.Logger), // sees the status that all others decided
		securityHeaders,     // before anything can answer
		cors(o.CORSOrigins), // answers preflights, which carry no credentials
		compress,            // inside the log, which counts bytes sent
		recovery(o.Logger),  // inside compression, so that its answer passes through it
	))
	s.private = s.begin(-1, chain(s.privateRoutes(o), accessLog(o.Logger), securityHeaders, recovery(o.Logger)))
	return s, nil
}

// ServeHTTP serves the public routes.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Private returns the handler for a listener that strangers cannot reach:
// probes, metrics and profiles.
func (s *Server) Private() http.Handler { return s.private }

// Drain makes /readyz fail and asks clients, with every answer, to send no more
// requests on that connection. It cannot be undone.
func (s *Server) Drain() { s.draining.Store(true) }

// middleware wraps a handler.
type middleware func(http.Handler) http.Handler

// chain wraps h so that the first middleware of the list is the outermost.
func chain(h http.Handler, list ...middleware) http.Handler {
	for _, l := range slices.Backward(list) {
		h = l(h)
	}
	return h
}

// connectionLog receives what net/http reports about connections: failed
// handshakes and malformed requests from strangers. They are not this server's
// fault, so the level is debug.
func (s *Server) connectionLog() *log.Logger {
	return slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug)
}
