package auth

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

type addressKey struct{}

// WithAddress returns a context whose request came from this address.
func WithAddress(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, addressKey{}, &address)
}

// AddressFromContext returns where the request came from; the zero address
// when that is not known.
func AddressFromContext(ctx context.Context) netip.Addr {
	if address, ok := ctx.Value(addressKey{}).(*netip.Addr); ok {
		return *address
	}
	return netip.Addr{}
}

// Network is the part of an address that one caller has: an address of IPv4,
// and the /64 of IPv6, which gives everybody 2⁶⁴ of them.
func Network(address netip.Addr) netip.Prefix {
	bits := 32
	if address.Is6() {
		bits = 64
	}
	network, _ := address.Prefix(bits) // the zero prefix of an address that is not known
	return network
}

type userAgentKey struct{}

// maxUserAgent is how much of what a client calls itself is kept, in bytes.
const maxUserAgent = 200

// UserAgentFromContext returns what the client that sent the request calls
// itself, cut and without control characters; "" when that is not known.
func UserAgentFromContext(ctx context.Context) string {
	said, _ := ctx.Value(userAgentKey{}).(string)
	said = strings.ToValidUTF8(said[:min(len(said), maxUserAgent)], "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, said)
}

// ClientAddress returns where a request came from. What X-Forwarded-For says
// is believed as far as trusted proxies wrote it: the last address that is not
// one of theirs.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	address := parseAddress(r.RemoteAddr)
	if len(trusted) == 0 || !within(trusted, address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop := parseAddress(strings.TrimSpace(hop))
		if !hop.IsValid() {
			return address
		}
		address = hop
		if !within(trusted, hop) {
			return address
		}
	}
	return address
}

func parseAddress(s string) netip.Addr {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	address, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}

func within(networks []netip.Prefix, address netip.Addr) bool {
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}
