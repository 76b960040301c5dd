//go:build unix

package database

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// pending reports whether a connection on which nothing is awaited can be read
// from: its server has gone, or says that it is going. It takes one system call.
func pending(c net.Conn) bool {
	if secured, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secured.NetConn()
	}
	socket, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	events := [1]unix.PollFd{{Events: unix.POLLIN}}
	n := 0
	err = raw.Control(func(fd uintptr) {
		events[0].Fd = int32(fd)
		n, _ = unix.Poll(events[:], 0) // n is 0 if it was interrupted: then nothing is known
	})
	return err != nil || n > 0
}
