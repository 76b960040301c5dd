package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// listener is one socket with its server.
//
// It does not stop by http.Server.Shutdown, which drops a request whose
// headers arrive after the call on a connection accepted before it. Instead it
// stops accepting, goes on serving until no connection is busy, and then
// closes those that are idle.
type listener struct {
	socket   *gate
	server   *http.Server
	stopping atomic.Bool
	ended    chan struct{} // closed when nothing is accepted any more

	mu   sync.Mutex
	busy map[net.Conn]http.ConnState // connections that are new or active
}

func (s *Service) listen(ctx context.Context, addr string, handler http.Handler) (*listener, error) {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	l := &listener{socket: &gate{TCPListener: socket.(*net.TCPListener)}, ended: make(chan struct{}), busy: map[net.Conn]http.ConnState{}}
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
	return l, nil
}

func (l *listener) serve(failed chan<- error) {
	go func() {
		defer close(l.ended)
		if err := l.server.Serve(l.socket); !l.stopping.Load() {
			failed <- fmt.Errorf("serve %s: %w", l.socket.Addr(), err)
		}
	}()
}

func (l *listener) track(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateNew, http.StateActive:
		l.busy[conn] = state
	default:
		delete(l.busy, conn)
	}
}

// idle tells whether no connection is busy. One that has sent nothing yet
// counts as busy only if silent is false.
func (l *listener) idle(silent bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, state := range l.busy {
		if state == http.StateActive || !silent {
			return false
		}
	}
	return true
}

const (
	// silenceTime is how long a connection that was accepted may take to send
	// its first byte before it is closed.
	silenceTime = 500 * time.Millisecond
	// pollInterval is how often a stopping listener looks at its connections.
	pollInterval = 2 * time.Millisecond
)

// shutdown stops as described at listener. When ctx ends it cuts the requests
// in flight and returns an error.
func (l *listener) shutdown(ctx context.Context) error {
	l.stopping.Store(true)
	err := l.socket.shut()
	<-l.ended // Serve has closed the socket
	deadline := time.Now().Add(silenceTime)
	for !l.idle(time.Now().After(deadline)) {
		if ctx.Err() != nil {
			err = errors.Join(err, fmt.Errorf("stop %s: requests were cut: %w", l.socket.Addr(), ctx.Err()))
			break
		}
		pause(ctx, pollInterval)
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
