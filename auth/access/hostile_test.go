package access_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/keyring"
	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
)

const (
	issuer   = "https://api.example.org"
	audience = "https://api.example.org/graphql"
)

// bench is a signer and a verifier with a clock of their own.
type bench struct {
	ring     *keyring.Ring
	signer   *access.Signer
	bearer   auth.Bearer
	revoked  *access.Revocations
	now      time.Time
	ada      auth.Viewer
	keysFile string
}

func setup(t *testing.T, external ...*access.External) *bench {
	t.Helper()
	b := &bench{
		keysFile: filepath.Join(t.TempDir(), "keys.json"), revoked: access.NewRevocations(),
		now: time.Now().Truncate(time.Second),
		ada: auth.Viewer{
			ID: typeid.UserFrom(uuid.Must(uuid.NewV7())), Role: auth.RoleModerator,
			Scopes: auth.AllScopes, Credential: uuid.Must(uuid.NewV7()), Kind: auth.KindSession,
		},
	}
	var err error
	if b.ring, err = keyring.OpenOrCreate(b.keysFile); err != nil {
		t.Fatal(err)
	}
	options := access.Options{
		Keys: b.ring, Issuer: issuer, Audience: audience, Revoked: b.revoked, External: external,
		Now: func() time.Time { return b.now },
	}
	if b.signer, err = access.NewSigner(options); err != nil {
		t.Fatal(err)
	}
	verifier, err := access.NewVerifier(options)
	if err != nil {
		t.Fatal(err)
	}
	b.bearer = auth.Bearer{Access: verifier}
	return b
}

func (b *bench) sign(t *testing.T) string {
	t.Helper()
	token, _, err := b.signer.Sign(b.ada)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (b *bench) authenticate(token string) (auth.Viewer, error) {
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return b.bearer.Authenticate(r)
}

// claims are those of a good token.
func (b *bench) claims() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": b.ada.ID.String(), "jti": "1",
		"iat": b.now.Unix(), "nbf": b.now.Unix(), "exp": b.now.Add(access.Life).Unix(),
		"scope": string(auth.AllScopes), "role": "USER", "sid": b.ada.Credential.String(), "client_id": "weft",
	}
}

// forge signs any header and claims with any key.
func forge(t *testing.T, method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	maps.Copy(token.Header, header)
	for name, value := range header {
		if value == nil {
			delete(token.Header, name)
		}
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestGoodToken(t *testing.T) {
	b := setup(t)
	token := b.sign(t)
	for range 2 { // checked, then remembered
		v, err := b.authenticate(token)
		if err != nil {
			t.Fatal(err)
		}
		if v != b.ada {
			t.Errorf("got %+v, want %+v", v, b.ada)
		}
	}
	active := b.ring.Active()
	good := map[string]any{"typ": "at+jwt", "kid": active.ID}
	if _, err := b.authenticate(forge(t, jwt.SigningMethodEdDSA, active.Private(), good, b.claims())); err != nil {
		t.Errorf("the claims that the hostile tokens vary are refused themselves: %v", err)
	}
	good["typ"] = "application/AT+JWT" // media types know no case
	if _, err := b.authenticate(forge(t, jwt.SigningMethodEdDSA, active.Private(), good, b.claims())); err != nil {
		t.Error(err)
	}
}

func TestHostileTokens(t *testing.T) {
	b := setup(t)
	active := b.ring.Active()
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(change func(header map[string]any, claims jwt.MapClaims)) string {
		header, claims := map[string]any{"typ": "at+jwt", "kid": active.ID}, b.claims()
		change(header, claims)
		return forge(t, jwt.SigningMethodEdDSA, active.Private(), header, claims)
	}
	header := func(name string, value any) string {
		return signed(func(h map[string]any, _ jwt.MapClaims) { h[name] = value })
	}
	claim := func(name string, value any) string {
		return signed(func(_ map[string]any, c jwt.MapClaims) {
			c[name] = value
			if value == nil {
				delete(c, name)
			}
		})
	}
	good := map[string]any{"typ": "at+jwt", "kid": active.ID}
	valid := b.sign(t)
	parts := strings.Split(valid, ".")
	other := strings.Split(claim("role", "ADMIN"), ".")
	revoked := b.ada
	revoked.Credential = uuid.Must(uuid.NewV7())
	ofRevoked, _, err := b.signer.Sign(revoked)
	if err != nil {
		t.Fatal(err)
	}
	b.revoked.Add(revoked.Credential, b.now)

	tokens := map[string]string{
		"none":                 forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good, b.claims()),
		"no signature":         parts[0] + "." + parts[1] + ".",
		"HS256 by public key":  forge(t, jwt.SigningMethodHS256, []byte(active.Public()), good, b.claims()),
		"ES256":                forge(t, jwt.SigningMethodES256, curve, good, b.claims()),
		"another's signature":  forge(t, jwt.SigningMethodEdDSA, stranger, good, b.claims()),
		"unknown kid":          header("kid", "unknown"),
		"path for kid":         header("kid", "../../dev/null"),
		"empty kid":            header("kid", ""),
		"no kid":               header("kid", nil),
		"number for kid":       header("kid", 7),
		"SQL for kid":          header("kid", "' OR 1=1 --"),
		"long kid":             header("kid", strings.Repeat("k", 300)),
		"jku":                  header("jku", "https://evil.example/jwks.json"),
		"jwk":                  header("jwk", map[string]string{"kty": "OKP"}),
		"x5u":                  header("x5u", "https://evil.example/cert"),
		"x5c":                  header("x5c", []string{"MIIB"}),
		"crit":                 header("crit", []string{"exp"}),
		"no typ":               header("typ", nil),
		"typ JWT":              header("typ", "JWT"),
		"typ of an ID token":   header("typ", "id_token+jwt"),
		"expired":              claim("exp", b.now.Add(-access.Skew-time.Second).Unix()),
		"no exp":               claim("exp", nil),
		"text for exp":         claim("exp", "tomorrow"),
		"not yet valid":        claim("nbf", b.now.Add(access.Skew+time.Second).Unix()),
		"no nbf":               claim("nbf", nil),
		"issued in the future": claim("iat", b.now.Add(access.Skew+time.Second).Unix()),
		"no iat":               claim("iat", nil),
		"no jti":               claim("jti", nil),
		"other audience":       claim("aud", "https://other.example"),
		"no audience":          claim("aud", nil),
		"list of audiences":    claim("aud", []string{"https://other.example", audience + "/"}),
		"other issuer":         claim("iss", "https://evil.example"),
		"no issuer":            claim("iss", nil),
		"issuer with slash":    claim("iss", issuer+"/"),
		"no subject":           claim("sub", nil),
		"empty subject":        claim("sub", ""),
		"subject is a post":    claim("sub", "post_01h455vb4pex5vsknk084sn02q"),
		"subject is zero":      claim("sub", "user_00000000000000000000000000"),
		"subject is a name":    claim("sub", "admin"),
		"unknown role":         claim("role", "ROOT"),
		"no role":              claim("role", nil),
		"no session":           claim("sid", nil),
		"zero session":         claim("sid", uuid.Nil.String()),
		"bad scope":            claim("scope", "read\x00write"),
		"edited payload":       parts[0] + "." + other[1] + "." + parts[2],
		"edited header":        other[0] + "x." + parts[1] + "." + parts[2],
		"padded signature":     valid + "==",
		"cut":                  valid[:len(valid)-2],
		"four parts":           valid + ".x",
		"five parts":           "a.b.c.d.e",
		"one part":             "abc",
		"empty":                "",
		"megabyte":             strings.Repeat("a", 1<<20),
		"megabyte of claims":   claim("pad", strings.Repeat("a", 1<<20)),
		"dots":                 strings.Repeat(".", 8_000),
		"refresh token":        refresh.New().Reveal(),
		"personal, not taken":  auth.PersonalPrefix + "X",
		"revoked":              ofRevoked,
	}
	for name, token := range tokens {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			v, err := b.authenticate(token)
			took := time.Since(start)
			if err == nil || apperr.CodeOf(err) != apperr.Unauthenticated {
				t.Fatalf("got viewer %+v and error %v, want UNAUTHENTICATED", v, err)
			}
			if v != (auth.Viewer{}) {
				t.Errorf("a refused token gave the viewer %+v", v)
			}
			if took > 50*time.Millisecond { // usually far below one
				t.Errorf("refusing it took %v", took)
			}
			if len(token) > 20 && strings.Contains(err.Error(), token[len(token)-20:]) {
				t.Error("the error repeats the token")
			}
		})
	}
}

func TestHeaderForms(t *testing.T) {
	b := setup(t)
	token := b.sign(t)
	for name, tt := range map[string]struct {
		values []string
		code   apperr.Code
		known  bool
	}{
		"none":            {nil, "", false},
		"lower case":      {[]string{"bearer " + token}, "", true},
		"more spaces":     {[]string{"Bearer   " + token}, "", true},
		"empty":           {[]string{""}, apperr.Unauthenticated, false},
		"scheme only":     {[]string{"Bearer"}, apperr.Unauthenticated, false},
		"basic":           {[]string{"Basic YTpi"}, apperr.Unauthenticated, false},
		"without scheme":  {[]string{token}, apperr.Unauthenticated, false},
		"twice":           {[]string{"Bearer " + token, "Bearer " + token}, apperr.Unauthenticated, false},
		"two in one":      {[]string{"Bearer " + token + ", Bearer " + token}, apperr.Unauthenticated, false},
		"token and more":  {[]string{"Bearer " + token + " x"}, apperr.Unauthenticated, false},
		"byte after it":   {[]string{"Bearer " + token + "\x00"}, apperr.Unauthenticated, false},
		"another scheme":  {[]string{"DPoP " + token}, apperr.Unauthenticated, false},
		"scheme with tab": {[]string{"Bearer\t" + token}, apperr.Unauthenticated, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql?access_token="+token, nil)
			r.Header["Authorization"] = tt.values
			v, err := b.bearer.Authenticate(r)
			if (err != nil) != (tt.code != "") || err != nil && apperr.CodeOf(err) != tt.code {
				t.Errorf("got %v, want code %q", err, tt.code)
			}
			if v.Anonymous() == tt.known {
				t.Errorf("got viewer %+v", v)
			}
		})
	}
}

func TestTokenHoldsFor15Minutes(t *testing.T) {
	b := setup(t)
	token := b.sign(t)
	for _, tt := range []struct {
		after time.Duration
		holds bool
	}{
		{-access.Skew, true}, {0, true}, {access.Life, true}, {access.Life + access.Skew - time.Second, true},
		{access.Life + access.Skew + time.Second, false},
	} {
		start := b.now
		b.now = b.now.Add(tt.after)
		if _, err := b.authenticate(token); (err == nil) != tt.holds {
			t.Errorf("after %v: %v", tt.after, err)
		}
		b.now = start
	}
}

func TestRotationKeepsTokens(t *testing.T) {
	b := setup(t)
	before := b.sign(t)
	rotateTwice := func() {
		for range 2 {
			if _, err := keyring.Rotate(b.keysFile, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	rotateTwice()
	// Another instance has read the new keys and signs with one that ours has
	// never heard of.
	elsewhere, err := keyring.Open(b.keysFile)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := access.NewSigner(access.Options{
		Keys: elsewhere, Issuer: issuer, Audience: audience, Now: func() time.Time { return b.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := signer.Sign(b.ada)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{before, after, before} {
		if _, err := b.authenticate(token); err != nil {
			t.Error(err)
		}
	}
}

func TestRemovedKeyEndsRememberedTokens(t *testing.T) {
	b := setup(t)
	token := b.sign(t)
	if _, err := b.authenticate(token); err != nil {
		t.Fatal(err)
	}
	// Two rotations a retention apart drop the key.
	for i := range 3 {
		if _, err := keyring.Rotate(b.keysFile, time.Now().Add(time.Duration(i)*2*keyring.Retention)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.ring.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.authenticate(token); apperr.CodeOf(err) != apperr.Unauthenticated {
		t.Errorf("a token of a key that is gone: %v", err)
	}
}

func TestRevokedSessionEndsRememberedTokens(t *testing.T) {
	b := setup(t)
	token := b.sign(t)
	if _, err := b.authenticate(token); err != nil {
		t.Fatal(err)
	}
	b.revoked.Add(b.ada.Credential, b.now)
	if _, err := b.authenticate(token); apperr.CodeOf(err) != apperr.Unauthenticated {
		t.Errorf("a token of a revoked session: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	ring, err := keyring.OpenOrCreate(filepath.Join(f.TempDir(), "keys.json"))
	if err != nil {
		f.Fatal(err)
	}
	verifier, err := access.NewVerifier(access.Options{Keys: ring, Issuer: issuer, Audience: audience})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImEifQ.e30.AA")
	f.Fuzz(func(t *testing.T, token string) {
		if v, err := verifier.Verify(t.Context(), token); apperr.CodeOf(err) != apperr.Unauthenticated || !v.Anonymous() {
			t.Errorf("%q gave %+v, %v", token, v, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	ring, err := keyring.OpenOrCreate(filepath.Join(b.TempDir(), "keys.json"))
	if err != nil {
		b.Fatal(err)
	}
	options := access.Options{Keys: ring, Issuer: issuer, Audience: audience}
	signer, err := access.NewSigner(options)
	if err != nil {
		b.Fatal(err)
	}
	token, _, err := signer.Sign(auth.Viewer{
		ID: typeid.UserFrom(uuid.Must(uuid.NewV7())), Role: auth.RoleUser, Credential: uuid.Must(uuid.NewV7()),
	})
	if err != nil {
		b.Fatal(err)
	}
	verifier, err := access.NewVerifier(options)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			fresh, err := access.NewVerifier(options)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := fresh.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := verifier.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
