package server

import (
	"context"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// lastQueue is how many connections a closing socket lets wait. It is what the
	// kernel makes of the smallest length at which it still does handshakes as
	// usual.
	lastQueue = 2
	// plugTime is how long a connection to our own socket may take: the kernel
	// does not answer those that find the queue full.
	plugTime = 10 * time.Millisecond
	// plugTries is how many times clients may take a place before the plugs do.
	plugTries = 50
)

// acceptLast accepts all connections that wait on a listening socket. It leaves
// the socket with a short queue that is full of our own connections, so that
// closing it loses nothing. A client that finds no place in the queue tries
// again a second later, and then finds the socket closed, or the next process.
func acceptLast(socket *net.TCPListener) []*net.TCPConn {
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	var last []*net.TCPConn
	for try := 0; ; try++ {
		_ = raw.Control(func(fd uintptr) { // fails only if the socket is closed
			_ = unix.Listen(int(fd), lastQueue-1) // without it the queue does not fill
			last = append(last, acceptWaiting(int(fd))...)
		})
		if try == plugTries || plug(socket.Addr().String()) {
			return last
		}
	}
}

// plug fills the queue of the socket that listens on addr, and reports whether
// the queue holds no other connections.
func plug(addr string) bool {
	dialer := net.Dialer{Timeout: plugTime}
	for range lastQueue {
		conn, err := dialer.DialContext(context.Background(), "tcp", addr)
		if err != nil {
			return false
		}
		_ = conn.Close() // keeps its place until it is accepted
	}
	return true
}

// acceptWaiting accepts until nothing waits.
func acceptWaiting(fd int) []*net.TCPConn {
	var conns []*net.TCPConn
	for {
		accepted, _, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
			file := os.NewFile(uintptr(accepted), "")
			if conn, err := net.FileConn(file); err == nil {
				conns = append(conns, conn.(*net.TCPConn))
			}
			_ = file.Close() // FileConn has made its own copy
		case unix.EINTR, unix.ECONNABORTED:
		default:
			return conns
		}
	}
}
