// Package access signs and verifies access tokens: JWTs after RFC 9068, our
// own and those of configured external issuers. It asks no database: what was
// revoked is in memory, and users of external issuers are found by a function
// that the caller gives.
package access

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/keyring"
)

const (
	// Life is how long an access token holds.
	Life = 15 * time.Minute
	// Skew is how far the clocks of issuer and verifier may differ.
	Skew = 30 * time.Second
	// tokenType is the header's typ: no JWT made for another purpose has it.
	tokenType = "at+jwt"
	// clientID stands for our own clients, which RFC 9068 wants named.
	clientID = "weft"
)

// claims are those of RFC 9068; jwt checks none of the embedded ones by
// itself that Verifier does not ask it to.
type claims struct {
	jwt.RegisteredClaims
	ClientID string    `json:"client_id,omitempty"`
	Scope    string    `json:"scope,omitempty"`
	Role     auth.Role `json:"role,omitempty"`
	Session  string    `json:"sid,omitempty"`
}

// Keys are the keys of our own tokens; *keyring.Ring is one.
type Keys interface {
	Active() keyring.Key
	Find(id string) (keyring.Key, bool)
}

// Options configures a Signer and a Verifier. All of the first three are
// required.
type Options struct {
	Keys     Keys
	Issuer   string // iss, such as "https://api.example.org"
	Audience string // aud; that of this API

	// Revoked holds the credentials that were revoked before they expired.
	// Nil revokes nothing.
	Revoked *Revocations

	// External are the issuers whose tokens are taken beside our own.
	External []*External

	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	if o.Keys == nil || o.Issuer == "" || o.Audience == "" {
		return o, errors.New("configure access tokens: keys, issuer and audience are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// Signer makes access tokens.
type Signer struct{ options Options }

// NewSigner returns a signer.
func NewSigner(o Options) (*Signer, error) {
	o, err := o.withDefaults()
	return &Signer{o}, err
}

// Sign returns a token for a session and the time at which it expires.
func (s *Signer) Sign(v auth.Viewer) (text string, expires time.Time, err error) {
	now := s.options.Now().UTC().Truncate(time.Second) // as exact as the claims
	expires = now.Add(Life)
	key := s.options.Keys.Active()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    s.options.Issuer,
			Subject:   v.ID.String(),
			Audience:  jwt.ClaimStrings{s.options.Audience},
			ExpiresAt: jwt.NewNumericDate(expires),
			NotBefore: jwt.NewNumericDate(now),
			IssuedAt:  jwt.NewNumericDate(now),
			ID:        rand.Text(),
		},
		ClientID: clientID,
		Scope:    string(v.Scopes),
		Role:     v.Role,
		Session:  v.Credential.String(),
	})
	token.Header["typ"] = tokenType
	token.Header["kid"] = key.ID
	text, err = token.SignedString(key.Private())
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign access token: %w", err)
	}
	return text, expires, nil
}
