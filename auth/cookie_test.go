package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestCookiesOfOtherOrigins tries reading requests too: what they answer is
// the user's.
func TestCookiesOfOtherOrigins(t *testing.T) {
	for name, c := range map[string]struct {
		method, header, value string
		want                  string
	}{
		"own page":        {http.MethodGet, "Sec-Fetch-Site", "same-origin", "secret"},
		"own page writes": {http.MethodPost, "Sec-Fetch-Site", "same-origin", "secret"},
		"address bar":     {http.MethodGet, "Sec-Fetch-Site", "none", "secret"},
		"no browser":      {http.MethodGet, "Accept", "*/*", "secret"},
		"own origin":      {http.MethodGet, "Origin", "https://example.org", "secret"},
		"another site":    {http.MethodGet, "Sec-Fetch-Site", "cross-site", ""},
		"a sister host":   {http.MethodGet, "Sec-Fetch-Site", "same-site", ""},
		"another origin":  {http.MethodGet, "Origin", "https://evil.example", ""},
		"no origin":       {http.MethodGet, "Origin", "null", ""},
		"HEAD":            {http.MethodHead, "Sec-Fetch-Site", "cross-site", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "https://example.org/graphql", nil)
			r.AddCookie(&http.Cookie{Name: RefreshCookie, Value: "secret"})
			r.Header.Set(c.header, c.value)
			got, method := "", ""
			Cookies{}.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, method = KeptRefreshToken(r.Context()), r.Method
			})).ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want || method != c.method {
				t.Errorf("got %q by %s, want %q", got, method, c.want)
			}
		})
	}
}
