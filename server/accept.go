package server

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// drainListener is a socket that can be closed without losing a client. Closing a
// socket resets the connections that the kernel has opened and the server has
// not accepted yet, some with a request already sent; it accepts them
// first.
type drainListener struct {
	*net.TCPListener
	closing atomic.Bool
	last    []*net.TCPConn // accepted at the end; only Accept uses it
	drained bool
}

// drain makes Accept return what is waiting and then net.ErrClosed.
func (l *drainListener) drain() error {
	l.closing.Store(true)
	return l.SetDeadline(time.Unix(1, 0)) // wakes Accept
}

// Accept returns the next connection. Only one goroutine may call it.
func (l *drainListener) Accept() (net.Conn, error) {
	if !l.drained {
		conn, err := l.AcceptTCP()
		switch {
		case err == nil:
			return &connection{TCPConn: conn}, nil
		case !l.closing.Load() || !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		}
		l.last = acceptLast(l.TCPListener)
		l.drained = true
	}
	if len(l.last) == 0 {
		return nil, net.ErrClosed
	}
	conn := l.last[0]
	l.last = l.last[1:]
	return &connection{TCPConn: conn}, nil
}

// connection is an accepted connection, with its state for the listener.
type connection struct {
	*net.TCPConn
	state http.ConnState
}
