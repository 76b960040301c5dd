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
//
// It does not stop with http.Server.Shutdown, which drops a request whose
// headers arrive after the call on a connection accepted before it. Instead it
// stops accepting, serves until no connection has been busy for a moment, and
// then closes the idle connections.
type listener struct {
	socket   *drainListener
	server   *http.Server
	stopping atomic.Bool
	ended    chan struct{} // closed when nothing is accepted any more

	fresh, active atomic.Int64 // connections that have sent nothing yet, and those being served
	requests      atomic.Int64 // how many have begun
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
	l := &listener{socket: &drainListener{TCPListener: socket}, ended: make(chan struct{})}
	l.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: max(s.options.ReadHeaderTimeout, 0),
		ReadTimeout:       max(s.options.ReadTimeout, 0),
		WriteTimeout:      max(s.options.WriteTimeout, 0),
		IdleTimeout:       max(s.options.IdleTimeout, 0),
		MaxHeaderBytes:    s.options.MaxHeaderBytes,
		ErrorLog:          s.server.connectionLog(),
		ConnState:         l.track,
	}
	return l
}

func (l *listener) serve(failed chan<- error) {
	go func() {
		defer close(l.ended)
		if err := l.server.Serve(l.socket); !l.stopping.Load() {
			failed <- fmt.Errorf("serve %s: %w", l.socket.Addr(), err)
		}
	}()
}

// track counts the busy connections. For each connection net/http calls it with
// one state after the other, beginning with new. A connection is counted in its
// new state before it leaves the old one, so that it is never missing from
// both.
func (l *listener) track(conn net.Conn, state http.ConnState) {
	c := conn.(*connection)
	if state == http.StateActive {
		l.requests.Add(1)
	}
	l.count(state, 1)
	if state != http.StateNew {
		l.count(c.state, -1)
	}
	c.state = state
}

func (l *listener) count(state http.ConnState, n int64) {
	switch state {
	case http.StateNew:
		l.fresh.Add(n)
	case http.StateActive:
		l.active.Add(n)
	}
}

// idle reports whether no connection is busy. A connection that has sent
// nothing yet counts as busy only if silent is false. The counters are read in
// the order in which connections change their state.
func (l *listener) idle(silent bool) bool {
	return (silent || l.fresh.Load() == 0) && l.active.Load() == 0
}

const (
	// silenceTime is how long a connection that was accepted may take to send
	// its first byte before it is closed.
	silenceTime = 500 * time.Millisecond
	// pollInterval is how often a stopping listener looks at its connections.
	pollInterval = 2 * time.Millisecond
	// quietLooks is how many times in a row a stopping listener must see no
	// request before it closes the idle connections: a client may just be sending
	// its next request. That request is the last one of its connection, because
	// its answer closes the connection.
	quietLooks = 25
)

// shutdown stops as described at listener. When ctx ends first, it cuts the
// requests in flight and returns an error.
func (l *listener) shutdown(ctx context.Context) error {
	l.stopping.Store(true)
	err := l.socket.drain()
	<-l.ended // Serve has closed the socket
	begun := time.Now()
	for looks, seen := 0, l.requests.Load(); looks < quietLooks; {
		pause(ctx, pollInterval)
		looks++
		n, busy := l.requests.Load(), !l.idle(time.Since(begun) > silenceTime)
		if busy || n != seen {
			looks, seen = 0, n
		}
		if ctx.Err() != nil {
			if busy {
				err = errors.Join(err, fmt.Errorf("stop %s: requests were cut: %w", l.socket.Addr(), ctx.Err()))
			}
			break
		}
	}
	if closed := l.server.Close(); !errors.Is(closed, net.ErrClosed) {
		err = errors.Join(err, closed)
	}
	return err
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
