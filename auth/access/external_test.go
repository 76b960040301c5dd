package access_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
)

const externalIssuer = "https://login.example.com/"

// provider is an external issuer with one key of each kind.
type provider struct {
	rsa     *rsa.PrivateKey
	weak    *rsa.PrivateKey
	curve   *ecdsa.PrivateKey
	jwks    atomic.Pointer[[]byte]
	fetches atomic.Int64
	server  *httptest.Server
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	var err error
	if p.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if p.weak, err = rsa.GenerateKey(rand.Reader, 1024); err != nil {
		t.Fatal(err)
	}
	if p.curve, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	p.publish(t, map[string]any{"rsa": p.rsa, "weak": p.weak, "curve": p.curve, "secret": []byte(strings.Repeat("s", 64))})
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.fetches.Add(1)
		_, _ = w.Write(*p.jwks.Load())
	}))
	t.Cleanup(p.server.Close)
	return p
}

func (p *provider) publish(t *testing.T, keys map[string]any) {
	t.Helper()
	set := jwkset.JWKSMarshal{}
	for id, key := range keys {
		made, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
			Metadata: jwkset.JWKMetadataOptions{KID: id, USE: jwkset.UseSig},
			Marshal:  jwkset.JWKMarshalOptions{Private: id == "secret"},
		})
		if err != nil {
			t.Fatal(err)
		}
		set.Keys = append(set.Keys, made.Marshal())
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	p.jwks.Store(&text)
}

func TestExternalIssuer(t *testing.T) {
	p := newProvider(t)
	linked := auth.Viewer{ID: typeid.UserFrom(uuid.Must(uuid.NewV7())), Role: auth.RoleUser}
	var asked access.Identity
	external, err := access.NewExternal(t.Context(), access.ExternalOptions{
		Issuer: externalIssuer, Audience: audience, JWKS: p.server.URL,
		Find: func(_ context.Context, id access.Identity) (auth.Viewer, error) {
			asked = id
			if id.Subject == "down" {
				return auth.Viewer{}, errors.New("the store is away")
			}
			return linked, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t, external)
	type form struct {
		method jwt.SigningMethod
		key    any
		header map[string]any
		claims map[string]any
	}
	token := func(f form) string {
		claims := jwt.MapClaims{
			"iss": externalIssuer, "aud": []string{audience, "other"}, "sub": "auth0|7", "scope": "write read",
			"iat": b.now.Unix(), "exp": b.now.Add(time.Hour).Unix(), "role": "ADMIN",
		}
		for name, value := range f.claims {
			claims[name] = value
			if value == nil {
				delete(claims, name)
			}
		}
		return forge(t, f.method, f.key, f.header, claims)
	}
	at := func(id string) map[string]any { return map[string]any{"typ": "at+jwt", "kid": id} }
	secret := []byte(strings.Repeat("s", 64))
	for name, tt := range map[string]struct {
		form
		code apperr.Code
	}{
		"RS256":           {form{jwt.SigningMethodRS256, p.rsa, at("rsa"), nil}, ""},
		"ES256":           {form{jwt.SigningMethodES256, p.curve, at("curve"), nil}, ""},
		"other algorithm": {form{jwt.SigningMethodPS256, p.rsa, at("rsa"), nil}, apperr.Unauthenticated},
		"weak key":        {form{jwt.SigningMethodRS256, p.weak, at("weak"), nil}, apperr.Unauthenticated},
		"shared secret":   {form{jwt.SigningMethodHS256, secret, at("secret"), nil}, apperr.Unauthenticated},
		"typ JWT":         {form{jwt.SigningMethodRS256, p.rsa, map[string]any{"kid": "rsa"}, nil}, apperr.Unauthenticated},
		"key of another":  {form{jwt.SigningMethodRS256, p.rsa, at("curve"), nil}, apperr.Unauthenticated},
		"other audience":  {form{jwt.SigningMethodRS256, p.rsa, at("rsa"), map[string]any{"aud": "other"}}, apperr.Unauthenticated},
		"no subject":      {form{jwt.SigningMethodRS256, p.rsa, at("rsa"), map[string]any{"sub": nil}}, apperr.Unauthenticated},
		"NUL in subject":  {form{jwt.SigningMethodRS256, p.rsa, at("rsa"), map[string]any{"sub": "7\x00"}}, apperr.Unauthenticated},
		"expired":         {form{jwt.SigningMethodRS256, p.rsa, at("rsa"), map[string]any{"exp": b.now.Add(-time.Minute).Unix()}}, apperr.Unauthenticated},
		"in our name":     {form{jwt.SigningMethodRS256, p.rsa, at("rsa"), map[string]any{"iss": issuer}}, apperr.Unauthenticated},
		"store away":      {form{jwt.SigningMethodRS256, p.rsa, at("rsa"), map[string]any{"sub": "down"}}, apperr.Internal},
		"our key for theirs": {form{jwt.SigningMethodEdDSA, b.ring.Active().Private(), at(b.ring.Active().ID), nil},
			apperr.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := b.authenticate(token(tt.form))
			if tt.code != "" {
				if err == nil || apperr.CodeOf(err) != tt.code {
					t.Errorf("got %+v and %v, want %s", v, err, tt.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := linked
			want.Scopes, want.Kind = "read write", auth.KindExternal
			if v != want {
				t.Errorf("got %+v, want %+v", v, want)
			}
			if asked.Subject != "auth0|7" || asked.Issuer != externalIssuer {
				t.Errorf("asked for %+v", asked)
			}
		})
	}
	if v, err := b.authenticate(b.sign(t)); err != nil || v != b.ada {
		t.Errorf("our own token beside an external issuer: %+v, %v", v, err)
	}
}

func TestExternalKeysRotate(t *testing.T) {
	p := newProvider(t)
	p.publish(t, map[string]any{"curve": p.curve})
	var reports atomic.Int64
	external, err := access.NewExternal(t.Context(), access.ExternalOptions{
		Issuer: externalIssuer, Audience: audience, JWKS: p.server.URL,
		Find: func(context.Context, access.Identity) (auth.Viewer, error) {
			return auth.Viewer{ID: typeid.UserFrom(uuid.Must(uuid.NewV7()))}, nil
		},
		Report: func(error) { reports.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t, external)
	token := func(id string) string {
		return forge(t, jwt.SigningMethodRS256, p.rsa, map[string]any{"typ": "at+jwt", "kid": id}, jwt.MapClaims{
			"iss": externalIssuer, "aud": audience, "sub": "7", "exp": b.now.Add(time.Hour).Unix(),
		})
	}
	p.publish(t, map[string]any{"curve": p.curve, "rsa": p.rsa})
	if _, err := b.authenticate(token("rsa")); err != nil {
		t.Errorf("a key that was published since: %v", err)
	}
	before := p.fetches.Load()
	for range 100 {
		if _, err := b.authenticate(token("unknown")); apperr.CodeOf(err) != apperr.Unauthenticated {
			t.Fatal(err)
		}
	}
	if n := p.fetches.Load() - before; n > 0 {
		t.Errorf("100 tokens of unknown keys made %d fetches within the window of the first", n)
	}
	if n := reports.Load(); n != 0 {
		t.Errorf("%d failures were reported", n)
	}
}

func TestExternalKeysAreBounded(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[`))
		for range 200 {
			if _, err := w.Write([]byte(strings.Repeat(" ", 64<<10))); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	moved := httptest.NewServer(http.RedirectHandler(endless.URL, http.StatusFound))
	defer moved.Close()
	find := func(context.Context, access.Identity) (auth.Viewer, error) { return auth.Viewer{}, nil }
	for _, address := range []string{endless.URL, moved.URL} {
		var reported error
		_, err := access.NewExternal(t.Context(), access.ExternalOptions{
			Issuer: externalIssuer, Audience: audience, JWKS: address, Find: find,
			Report: func(err error) { reported = err },
		})
		if err != nil || reported == nil {
			t.Errorf("%s: got %v, reported %v; want a report and no error", address, err, reported)
		}
	}
	for _, address := range []string{"http://login.example.com/jwks", "file:///etc/passwd", "", "ftp://x"} {
		_, err := access.NewExternal(t.Context(), access.ExternalOptions{
			Issuer: externalIssuer, Audience: audience, JWKS: address, Find: find,
		})
		if err == nil {
			t.Errorf("the address %q is taken for keys", address)
		}
	}
}
