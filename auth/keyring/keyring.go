// Package keyring holds the keys that sign access tokens: their states, the
// file that several instances share, and the public half that outsiders read.
// It knows no tokens.
//
// A key is pending (published, so that everyone knows it before it signs),
// then active (it signs), then retiring (it only verifies, until the last token
// that it signed has expired). Rotate moves each key one state on.
package keyring

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// State is where a key is in its life.
type State string

// The states, in the order that a key passes through them.
const (
	Pending  State = "pending"
	Active   State = "active"
	Retiring State = "retiring"
)

// Algorithm is the one that every key is for, as JWTs name it.
const Algorithm = "EdDSA"

// Key is a signing key. Its private half never prints.
type Key struct {
	ID      string // the JWK's thumbprint (RFC 7638)
	State   State
	Since   time.Time // in this state
	private ed25519.PrivateKey
}

// Sign signs a message.
func (k Key) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Public returns the half that verifies.
func (k Key) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Private returns the half that signs, for a JWT library.
func (k Key) Private() ed25519.PrivateKey { return k.private }

// String names the key without its private half.
func (k Key) String() string { return k.ID + " " + string(k.State) }

// Format keeps every verb of fmt from printing the private half.
func (k Key) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, k.String()) }

// LogValue keeps the private half out of logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

func newKey(now time.Time) (Key, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return Key{}, fmt.Errorf("generate key: %w", err)
	}
	return keyFrom(private, Pending, now), nil
}

func keyFrom(private ed25519.PrivateKey, state State, since time.Time) Key {
	k := Key{State: state, Since: since.UTC().Truncate(time.Second), private: private}
	k.ID = thumbprint(k.Public())
	return k
}

// jwk is a public key as RFC 8037 writes it; the first three fields, in this
// order, are what the thumbprint is made of.
type jwk struct {
	Curve     string `json:"crv"`
	Type      string `json:"kty"`
	X         string `json:"x"`
	ID        string `json:"kid,omitempty"`
	Use       string `json:"use,omitempty"`
	Algorithm string `json:"alg,omitempty"`
}

func publicJWK(public ed25519.PublicKey) jwk {
	return jwk{Curve: "Ed25519", Type: "OKP", X: base64.RawURLEncoding.EncodeToString(public)}
}

func thumbprint(public ed25519.PublicKey) string {
	text, err := json.Marshal(publicJWK(public))
	if err != nil {
		panic(err) // three strings
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// renderJWKS writes the public halves as a JWK set (RFC 7517).
func renderJWKS(keys []Key) ([]byte, error) {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: make([]jwk, 0, len(keys))}
	for _, k := range keys {
		public := publicJWK(k.Public())
		public.ID, public.Use, public.Algorithm = k.ID, "sig", Algorithm
		set.Keys = append(set.Keys, public)
	}
	return json.Marshal(set)
}
