// Package refresh holds what refresh tokens are and the rules by which one is
// traded for the next. It stores nothing: internal/account does.
//
// The store has of each token only its SHA-256 and, once it was used, a random
// nonce. The successor is HMAC-SHA256(key: the token, message: the nonce), so
// that a second use within Grace gets the same successor although the server
// kept none: it computes it again from the token that the client shows. Who
// reads the store has the nonce without the token; who steals an old token has
// it without the nonce, and cannot walk to the tokens after it.
package refresh

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/weftql/weft/auth"
)

const (
	// Life is how long a token may wait for its use.
	Life = 30 * 24 * time.Hour
	// Grace is how long after its use a token still gets its successor again:
	// two tabs, or a client that lost the answer.
	Grace = 20 * time.Second
)

// Token is a refresh token. It never prints; Reveal is for the client it is
// made for.
type Token struct{ secret [32]byte }

// New returns a random token, the first of a family.
func New() Token {
	var t Token
	_, _ = rand.Read(t.secret[:]) // never fails
	return t
}

// text returns the alphabet of tokens.
func text() *base64.Encoding { return base64.RawURLEncoding.Strict() }

// Parse reads a token as Reveal writes it. The error shows nothing of it.
func Parse(s string) (Token, error) {
	encoded, ok := strings.CutPrefix(s, auth.RefreshPrefix)
	var t Token
	// The decoder skips line breaks, strict or not.
	if !ok || len(encoded) != text().EncodedLen(len(t.secret)) || strings.ContainsAny(encoded, "\r\n") {
		return Token{}, errors.New("parse refresh token: it is not one")
	}
	if _, err := text().Decode(t.secret[:], []byte(encoded)); err != nil {
		return Token{}, errors.New("parse refresh token: it is not one")
	}
	return t, nil
}

// Reveal returns the token for its client.
func (t Token) Reveal() string { return auth.RefreshPrefix + text().EncodeToString(t.secret[:]) }

// Hash returns what the store keeps of the token.
func (t Token) Hash() []byte {
	sum := sha256.Sum256(t.secret[:])
	return sum[:]
}

// NewNonce returns what makes a successor.
func NewNonce() []byte {
	nonce := make([]byte, sha256.Size)
	_, _ = rand.Read(nonce) // never fails
	return nonce
}

// Successor returns the token that follows t.
func (t Token) Successor(nonce []byte) Token {
	mac := hmac.New(sha256.New, t.secret[:])
	_, _ = mac.Write(nonce) // never fails
	return Token{secret: [32]byte(mac.Sum(nil))}
}

// Format keeps every verb of fmt from printing the token.
func (Token) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, "(refresh token)") }

// LogValue keeps the token out of logs.
func (Token) LogValue() slog.Value { return slog.StringValue("(refresh token)") }

// State is what the store knows of a token and its family.
type State struct {
	Expires time.Time
	Used    *time.Time // nil while unused
	Revoked bool       // the family
}

// Decision is what to do with a token that was shown.
type Decision int

// The decisions.
const (
	Refuse Decision = iota // expired, or its family was revoked before
	Rotate                 // first use: make a nonce and store the successor
	Repeat                 // second use within Grace: compute the successor again
	Replay                 // use of an old token: revoke the family
)

// Decide returns what to do with a token that is shown now.
func Decide(s State, now time.Time) Decision {
	switch {
	case s.Revoked:
		return Refuse
	case s.Used == nil && now.Before(s.Expires):
		return Rotate
	case s.Used == nil:
		return Refuse
	case now.Sub(*s.Used) <= Grace:
		return Repeat
	}
	return Replay
}
