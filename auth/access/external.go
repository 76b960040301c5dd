package access

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/MicahParks/jwkset"
	"golang.org/x/time/rate"

	"github.com/weftql/weft/auth"
)

// ExternalOptions names an issuer whose tokens are taken beside our own. All
// but Types, Client and Report are required.
type ExternalOptions struct {
	Issuer   string // iss, compared exactly
	Audience string // aud, for which the issuer makes tokens for this API
	JWKS     string // address of its keys: https, or http to this machine

	// Find returns the viewer whom the issuer calls subject, and links a new
	// user on first use.
	Find func(ctx context.Context, id Identity) (auth.Viewer, error)

	// Types are values of the typ header to take beside at+jwt, such as "JWT"
	// for issuers that do not follow RFC 9068. Such an issuer's ID tokens pass
	// too if their audience is ours.
	Types []string

	// Client fetches the keys. Default: one without proxies or redirects.
	Client *http.Client

	// Report gets failures to fetch the keys, which stay as they were.
	Report func(error)
}

// Identity is a user as an external issuer knows them.
type Identity struct {
	Issuer  string
	Subject string
	Scopes  auth.Scopes
	Until   time.Time // when the token expires
}

// External is an issuer whose tokens are taken beside our own.
type External struct {
	options ExternalOptions
	keys    jwkset.Storage
}

// The bounds of fetching a JWK set.
const (
	fetchTimeout = 5 * time.Second
	fetchEvery   = 15 * time.Minute
	fetchUnknown = 30 * time.Second // at most so often for a key that is not there
	waitUnknown  = 2 * time.Second  // what the one request that triggers it waits
	maxJWKS      = 256 << 10        // bytes
)

// NewExternal returns an issuer and fetches its keys, now and every 15 minutes
// until ctx ends. Keys that cannot be fetched are reported, not an error: our
// own users sign in all the same.
func NewExternal(ctx context.Context, o ExternalOptions) (*External, error) {
	if o.Issuer == "" || o.Audience == "" || o.Find == nil {
		return nil, errors.New("configure external issuer: issuer, audience and Find are required")
	}
	address, err := url.Parse(o.JWKS)
	if err != nil || address.Host == "" || (address.Scheme != "https" && !isLoopback(address)) {
		return nil, fmt.Errorf("configure external issuer %s: the address of its keys is not https", o.Issuer)
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	if o.Client == nil {
		o.Client = &http.Client{
			Transport:     &http.Transport{TLSHandshakeTimeout: fetchTimeout, MaxResponseHeaderBytes: 32 << 10},
			CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirects are not followed") },
		}
	}
	bounded := *o.Client
	bounded.Timeout = fetchTimeout
	bounded.Transport = boundedTransport{next: cmp.Or[http.RoundTripper](o.Client.Transport, http.DefaultTransport)}
	report := func(_ context.Context, err error) {
		o.Report(fmt.Errorf("fetch keys of issuer %s: %w", o.Issuer, err))
	}
	remote, err := jwkset.NewStorageFromHTTP(o.JWKS, jwkset.HTTPClientStorageOptions{
		Client: &bounded, Ctx: ctx, HTTPTimeout: fetchTimeout, RefreshInterval: fetchEvery,
		NoErrorReturnFirstHTTPReq: true, RefreshErrorHandler: report,
	})
	if err != nil {
		return nil, fmt.Errorf("configure external issuer %s: %w", o.Issuer, err)
	}
	// The limiter refuses at once what would have to wait longer.
	keys, err := jwkset.NewHTTPClient(jwkset.HTTPClientOptions{
		HTTPURLs: map[string]jwkset.Storage{o.JWKS: remote}, RateLimitWaitMax: waitUnknown,
		RefreshUnknownKID: rate.NewLimiter(rate.Every(fetchUnknown), 1),
	})
	if err != nil {
		return nil, fmt.Errorf("configure external issuer %s: %w", o.Issuer, err)
	}
	return &External{options: o, keys: keys}, nil
}

func isLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// externalMethods are the algorithms that external issuers may use: none in
// which a public key could serve as a secret.
func externalMethods() []string {
	return []string{"EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
}

// key returns the issuer's public key of that id if it is for the algorithm.
func (o *External) key(ctx context.Context, id, algorithm, kind string) (crypto.PublicKey, error) {
	if !isAccessToken(kind) && !slices.ContainsFunc(o.options.Types, func(t string) bool { return strings.EqualFold(t, kind) }) {
		return nil, errors.New("the type is not " + tokenType)
	}
	found, err := o.keys.KeyRead(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("the key is unknown: %w", err)
	}
	own := found.Marshal()
	public := publicOf(found.Key())
	switch {
	case own.USE != "" && own.USE != jwkset.UseSig:
		return nil, errors.New("the key is not for signatures")
	case public == nil:
		return nil, errors.New("the key is too weak or of another kind")
	case algorithm != algorithmOf(own.ALG.String(), public):
		return nil, errors.New("the algorithm is not the key's")
	}
	return public, nil
}

// publicOf returns the public key if it is of a kind and strength to trust.
func publicOf(key any) crypto.PublicKey {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return key
	case *ecdsa.PublicKey:
		return key
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 {
			return key
		}
	}
	return nil
}

// algorithmOf is the one algorithm that a key is for: what the issuer says,
// else the usual one of its kind.
func algorithmOf(said string, key crypto.PublicKey) string {
	if said != "" {
		return said
	}
	switch key := key.(type) {
	case ed25519.PublicKey:
		return "EdDSA"
	case *rsa.PublicKey:
		return "RS256"
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return "ES256"
		case elliptic.P384():
			return "ES384"
		case elliptic.P521():
			return "ES512"
		}
	}
	return ""
}

// maxSubject bounds what the store keeps of an outside subject, in bytes.
const maxSubject = 255

// viewer checks the claims of a token whose signature held.
func (o *External) viewer(ctx context.Context, c *claims) (auth.Viewer, error) {
	switch {
	case !slices.Contains(c.Audience, o.options.Audience):
		return auth.Viewer{}, auth.Refuse(errors.New("the audience is another"))
	case c.Subject == "" || len(c.Subject) > maxSubject || strings.ContainsFunc(c.Subject, unicode.IsControl):
		return auth.Viewer{}, auth.Refuse(errors.New("there is no usable subject"))
	}
	scopes, err := auth.ParseScopes(c.Scope)
	if err != nil {
		return auth.Viewer{}, auth.Refuse(errors.New("the scope is malformed"))
	}
	v, err := o.options.Find(ctx, Identity{
		Issuer: c.Issuer, Subject: c.Subject, Scopes: scopes, Until: c.ExpiresAt.Time,
	})
	if err != nil {
		return auth.Viewer{}, err
	}
	v.Scopes, v.Kind = scopes, auth.KindExternal
	return v, nil
}

// boundedTransport ends a response that is too long.
type boundedTransport struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, maxJWKS), response.Body}
	return response, nil
}
