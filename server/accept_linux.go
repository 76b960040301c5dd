package server

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// acceptLast accepts all that wait on a listening socket and stops it from
// listening in the next system call.
func acceptLast(socket *net.TCPListener) []*net.TCPConn {
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	var files []*os.File
	_ = raw.Control(func(fd uintptr) { // fails only if the socket is closed
		for {
			accepted, _, err := unix.Accept4(int(fd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			switch err {
			case nil:
				files = append(files, os.NewFile(uintptr(accepted), ""))
			case unix.EINTR, unix.ECONNABORTED:
			default:
				_ = unix.Shutdown(int(fd), unix.SHUT_RD)
				return
			}
		}
	})
	conns := make([]*net.TCPConn, 0, len(files))
	for _, file := range files {
		if conn, err := net.FileConn(file); err == nil {
			conns = append(conns, conn.(*net.TCPConn))
		}
		_ = file.Close() // FileConn has made its own copy
	}
	return conns
}
