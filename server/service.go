package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// ServiceOptions configures NewService. In each duration 0 means the default
// and a negative value means no limit.
type ServiceOptions struct {
	// Sockets are the addresses, already open. Default: Start opens Addr and
	// PrivateAddr.
	Sockets *Sockets

	// Addr is the public address, such as ":8080"; port 0 takes a free one.
	// Required without Sockets.
	Addr string

	// PrivateAddr is the address of probes, metrics and profiles. Empty means
	// that there is no private listener.
	PrivateAddr string

	ReadHeaderTimeout time.Duration // until the headers have arrived; default 10 s
	ReadTimeout       time.Duration // until the body has arrived; default 30 s
	WriteTimeout      time.Duration // from the headers to the end of the answer; default 60 s
	IdleTimeout       time.Duration // between two requests of a connection; default 120 s
	MaxHeaderBytes    int           // request line and headers; default 64 KiB

	// DrainDelay is how long Stop goes on accepting connections while /readyz
	// fails, so that a load balancer notices and idle connections are closed.
	// Default: none.
	DrainDelay time.Duration

	// StopTimeout bounds how long Stop waits for requests in flight after the
	// delay before it cuts them. Default: 30 s.
	StopTimeout time.Duration
}

func (o ServiceOptions) withDefaults() ServiceOptions {
	for field, value := range map[*time.Duration]time.Duration{
		&o.ReadHeaderTimeout: 10 * time.Second,
		&o.ReadTimeout:       30 * time.Second,
		&o.WriteTimeout:      60 * time.Second,
		&o.IdleTimeout:       120 * time.Second,
		&o.StopTimeout:       30 * time.Second,
	} {
		if *field == 0 {
			*field = value
		}
	}
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = 64 << 10
	}
	return o
}

// Service listens for a Server. Start and Stop may be called more than once
// and in any order; a stopped service stays stopped.
type Service struct {
	server  *Server
	options ServiceOptions

	mu      sync.Mutex
	started bool
	stopped bool
	public  *listener
	private *listener
	failed  chan error
	done    chan struct{} // closed when Stop has finished
	stopErr error         // set before done is closed
}

// NewService returns a service that does not listen yet.
func NewService(server *Server, options ServiceOptions) *Service {
	return &Service{
		server:  server,
		options: options.withDefaults(),
		failed:  make(chan error, 2),
		done:    make(chan struct{}),
	}
}

// Start opens the listeners and serves in the background. It fails if it cannot
// listen on an address, and with http.ErrServerClosed after Stop.
func (s *Service) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped:
		return http.ErrServerClosed
	case s.started:
		return nil
	}
	sockets := s.options.Sockets
	if sockets == nil {
		var err error
		if sockets, err = Listen(ctx, s.options.Addr, s.options.PrivateAddr); err != nil {
			return err
		}
	}
	if sockets.private != nil {
		s.private = s.listen(sockets.private, s.server.Private())
		// Writing a profile takes as long as its caller asks for.
		s.private.server.WriteTimeout = 0
		s.private.serve(s.failed)
	}
	s.public = s.listen(sockets.public, s.server)
	s.public.serve(s.failed)
	s.started = true
	return nil
}

// Addr is the public address listened on, or "" before Start.
func (s *Service) Addr() string { return s.addr(func() *listener { return s.public }) }

// PrivateAddr is the private address listened on, or "".
func (s *Service) PrivateAddr() string { return s.addr(func() *listener { return s.private }) }

func (s *Service) addr(of func() *listener) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := of(); l != nil {
		return l.socket.Addr().String()
	}
	return ""
}

// Failed receives the error of a listener that ended unexpectedly.
func (s *Service) Failed() <-chan error { return s.failed }

// Stop makes /readyz fail and has every answer close its connection, waits for
// the drain delay, stops accepting and waits for the requests in flight, for
// StopTimeout at most or until ctx ends. It cuts the requests that still run
// then, and returns an error. A second call waits for the first and returns its
// error.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	first := !s.stopped
	s.stopped = true
	s.mu.Unlock()
	if first {
		s.stopErr = s.stop(ctx)
		close(s.done)
	}
	<-s.done
	return s.stopErr
}

func (s *Service) stop(ctx context.Context) error {
	s.server.Drain()
	if s.public == nil {
		return nil
	}
	if s.options.DrainDelay > 0 {
		pause(ctx, s.options.DrainDelay)
	}
	if s.options.StopTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.options.StopTimeout)
		defer cancel()
	}
	err := s.public.shutdown(ctx)
	if s.private != nil { // last: it answers probes until the end
		err = errors.Join(err, s.private.shutdown(ctx))
	}
	return err
}
