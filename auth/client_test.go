package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/weftql/weft/auth"
)

func TestClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, tt := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"direct":             {"203.0.113.9:1", nil, "203.0.113.9"},
		"direct and forged":  {"203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		"proxy":              {"10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"proxies":            {"10.0.0.1:1", []string{"203.0.113.9, 10.1.1.1"}, "203.0.113.9"},
		"proxy and forged":   {"10.0.0.1:1", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"two headers":        {"10.0.0.1:1", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"proxy without":      {"10.0.0.1:1", nil, "10.0.0.1"},
		"proxy with rubbish": {"10.0.0.1:1", []string{"x, y"}, "10.0.0.1"},
		"with port":          {"10.0.0.1:1", []string{"[2001:db8::1]:80"}, "2001:db8::1"},
		"mapped":             {"[::ffff:10.0.0.1]:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"none":               {"@", nil, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.RemoteAddr, r.Header["X-Forwarded-For"] = tt.remote, tt.forwarded
			if got := auth.ClientAddress(r, proxies).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
