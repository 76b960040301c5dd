package server

import (
	"net"
	"testing"
	"time"
)

// The process may be without a processor for long between the last accept and
// the close of the socket. No client may get a connection in that time, because
// it would be reset.
func TestAcceptLast(t *testing.T) {
	listening, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listening.Close()
	dialer := net.Dialer{Timeout: 100 * time.Millisecond}
	waiting := map[string]bool{}
	for range 5 {
		conn, err := dialer.DialContext(t.Context(), "tcp", listening.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		waiting[conn.LocalAddr().String()] = true
	}
	for _, conn := range acceptLast(listening.(*net.TCPListener)) {
		delete(waiting, conn.RemoteAddr().String())
		_ = conn.Close() // it was seen
	}
	if len(waiting) > 0 {
		t.Errorf("%d connections were not accepted", len(waiting))
	}
	for range 5 {
		if conn, err := dialer.DialContext(t.Context(), "tcp", listening.Addr().String()); err == nil {
			t.Error("a connection is opened that nobody will accept")
			_ = conn.Close() // the test has failed
		}
	}
}
