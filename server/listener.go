package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// listener is one socket with its server.
type listener struct {
	socket   net.Listener
	server   *http.Server
	stopping atomic.Bool
}

// Sockets are the listening sockets of a service, opened before it serves:
// clients that connect in the meantime wait.
type Sockets struct{ public, private *net.TCPListener }

// Listen opens the public address and, unless it is empty, the private one.
// Close the sockets when the service has ended, or if it is never started.
func Listen(ctx context.Context, addr, privateAddr string) (*Sockets, error) {
	s := &Sockets{}
	var err error
	if s.public, err = listenTCP(ctx, addr); err != nil {
		return nil, err
	}
	if privateAddr != "" {
		if s.private, err = listenTCP(ctx, privateAddr); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func listenTCP(ctx context.Context, addr string) (*net.TCPListener, error) {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return socket.(*net.TCPListener), nil
}

// Close frees the addresses that a service has not freed already.
func (s *Sockets) Close() error {
	var errs []error
	for _, socket := range []*net.TCPListener{s.public, s.private} {
		if socket == nil {
			continue
		}
		if err := socket.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Service) listen(socket *net.TCPListener, handler http.Handler) *listener {
	l := &listener{socket: socket}
	l.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: max(s.options.ReadHeaderTimeout, 0),
		ReadTimeout:       max(s.options.ReadTimeout, 0),
		WriteTimeout:      max(s.options.WriteTimeout, 0),
		IdleTimeout:       max(s.options.IdleTimeout, 0),
		MaxHeaderBytes:    s.options.MaxHeaderBytes,
		ErrorLog:          s.server.connectionLog(),
	}
	return l
}

func (l *listener) serve(failed chan<- error) {
	go func() {
		if err := l.server.Serve(l.socket); !l.stopping.Load() {
			failed <- fmt.Errorf("serve %s: %w", l.socket.Addr(), err)
		}
	}()
}

// shutdown stops accepting, closes idle connections and waits for the requests in
// flight. When ctx ends first, it cuts them and returns an error.
func (l *listener) shutdown(ctx context.Context) error {
	l.stopping.Store(true)
	err := l.server.Shutdown(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("stop %s: requests were cut: %w", l.socket.Addr(), err)
	}
	return errors.Join(err, l.server.Close())
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
