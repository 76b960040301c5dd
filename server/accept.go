package server

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// gate is a socket that can be closed without losing a client. Closing a
// socket resets the connections that the kernel has opened and the server has
// not accepted yet, some with a request already sent; a gate accepts them
// first.
type gate struct {
	*net.TCPListener
	closing atomic.Bool
	last    []*net.TCPConn // accepted at the end; only Accept uses it
	drained bool
}

// shut makes Accept return what is waiting and then net.ErrClosed.
func (g *gate) shut() error {
	g.closing.Store(true)
	return g.SetDeadline(time.Unix(1, 0)) // wakes Accept
}

// Accept returns the next connection. Only one goroutine may call it.
func (g *gate) Accept() (net.Conn, error) {
	if !g.drained {
		conn, err := g.AcceptTCP()
		switch {
		case err == nil:
			return &connection{TCPConn: conn}, nil
		case !g.closing.Load() || !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		}
		g.last = acceptLast(g.TCPListener)
		g.drained = true
	}
	if len(g.last) == 0 {
		return nil, net.ErrClosed
	}
	conn := g.last[0]
	g.last = g.last[1:]
	return &connection{TCPConn: conn}, nil
}

// connection is an accepted connection, with its state for the listener.
type connection struct {
	*net.TCPConn
	state http.ConnState
}
