package dbtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
)

// Proxy is a TCP address in front of a server, which a test cuts and mends as a
// network would. It looks at nothing that passes, unless CutWhen asks for it.
type Proxy struct {
	node     *Node
	listener net.Listener

	mu     sync.Mutex
	down   bool
	conns  map[net.Conn]bool
	tap    func([]byte) bool
	tapped bool // the tap has cut
	limit  bool
	room   int // for bytes of answers, with limit
	done   sync.WaitGroup
}

// NewProxy opens an address in front of node, which goes when t ends.
func NewProxy(t testing.TB, node *Node) *Proxy {
	t.Helper()
	return NewProxyAt(t, node, "127.0.0.1:0")
}

// NewProxyAt is NewProxy at an address, HOST:PORT.
func NewProxyAt(t testing.TB, node *Node, addr string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{node: node, listener: listener, conns: map[net.Conn]bool{}}
	p.done.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.Cut()
		p.done.Wait()
	})
	return p
}

// Addr is HOST:PORT of the proxy.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// URL is the address of a database behind the proxy.
func (p *Proxy) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(owner), Host: p.Addr(), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// Cut closes all connections and refuses new ones until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for c := range p.conns {
		c.Close()
	}
}

// Mend ends Cut.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// CutWhen shows each piece of what clients send to see until that returns
// true: then that piece reaches the server, and the connections are cut before
// its answer passes. New connections are taken, but for those by which a client
// that was cut off has its statement cancelled: a network that is cut takes none.
func (p *Proxy) CutWhen(see func(sent []byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tap = see
}

// CutAfter lets so many bytes of answers pass, all connections together, and
// then cuts the connection in the middle of its answer. New connections are
// taken.
func (p *Proxy) CutAfter(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit, p.room = true, bytes
}

// allowed returns how many of n bytes of an answer pass before the cut.
func (p *Proxy) allowed(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.limit {
		return n
	}
	if n < p.room {
		p.room -= n
		return n
	}
	p.limit = false
	return p.room
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", filepath.Join(p.node.server.Dir, ".s.PGSQL.5432"))
		if err != nil || !p.keep(client, server) {
			client.Close()
			if err == nil {
				server.Close()
			}
			continue
		}
		p.done.Go(func() { p.pass(server, client, true) })
		p.done.Go(func() { p.pass(client, server, false) })
	}
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

func (p *Proxy) pass(to, from net.Conn, fromClient bool) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range []net.Conn{to, from} {
			c.Close()
			delete(p.conns, c)
		}
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if fromClient && p.cancels(buffer[:n]) {
				return
			}
			if fromClient && p.seen(buffer[:n]) {
				from.Close() // the answer has no way back
				if _, err := to.Write(buffer[:n]); err == nil {
					_, _ = io.Copy(io.Discard, to) // until the server has done it and noticed
				}
				return
			}
			passed := n
			if !fromClient {
				passed = p.allowed(n)
			}
			if _, err := to.Write(buffer[:passed]); err != nil || passed < n {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *Proxy) seen(sent []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tap == nil || !p.tap(sent) {
		return false
	}
	p.tap, p.tapped = nil, true
	return true
}

// cancels reports whether a client that was cut off wants its statement
// cancelled: CancelRequest of PostgreSQL's protocol is the whole of a connection.
func (p *Proxy) cancels(sent []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tapped && bytes.HasPrefix(sent, []byte{0, 0, 0, 16, 4, 210, 22, 46})
}

// String names the proxy in failures.
func (p *Proxy) String() string { return fmt.Sprintf("proxy %s of %s", p.Addr(), p.node.server.Dir) }
