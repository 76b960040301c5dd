// Package personal holds what personal access tokens are: the long-lived
// tokens that a user makes for a script. It stores nothing: internal/account
// does.
package personal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/weftql/weft/auth"
)

const (
	// MaxLife is the longest that a token may be made for.
	MaxLife = 366 * 24 * time.Hour
	// DefaultLife is what a token gets when its maker says nothing.
	DefaultLife = 30 * 24 * time.Hour
)

// Token is a personal access token. It never prints; Reveal is for the client
// it is made for.
type Token struct{ body string }

// New returns a random token of 130 bits.
func New() Token { return Token{rand.Text()} }

const (
	bodyLen = 26
	sumLen  = 7
)

// checksum tells a mistyped or made-up token from a real one without a
// statement, and lets secret scanners be sure.
func checksum(body string) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(auth.PersonalPrefix+body)))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum)
}

// Parse reads a token as Reveal writes it. The error shows nothing of it.
func Parse(s string) (Token, error) {
	rest, ok := strings.CutPrefix(s, auth.PersonalPrefix)
	if !ok || len(rest) != bodyLen+sumLen || checksum(rest[:bodyLen]) != rest[bodyLen:] {
		return Token{}, errors.New("parse personal access token: it is not one")
	}
	return Token{rest[:bodyLen]}, nil
}

// Reveal returns the token for its client: prefix, 26 random characters and a
// checksum of 7.
func (t Token) Reveal() string { return auth.PersonalPrefix + t.body + checksum(t.body) }

// Hash returns what the store keeps of the token. One round of SHA-256 is
// enough: nobody guesses 130 bits.
func (t Token) Hash() []byte {
	sum := sha256.Sum256([]byte(t.body))
	return sum[:]
}

// Hint returns the last characters, by which a user tells tokens apart.
func (t Token) Hint() string { return t.Reveal()[len(auth.PersonalPrefix)+bodyLen+sumLen-4:] }

// Format keeps every verb of fmt from printing the token.
func (Token) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, "(personal access token)") }

// LogValue keeps the token out of logs.
func (Token) LogValue() slog.Value { return slog.StringValue("(personal access token)") }

// CheckScopes returns why a token cannot have these scopes, as a sentence for
// the client, or "".
func CheckScopes(names []string) string {
	if len(names) == 0 {
		return "name at least one scope"
	}
	for _, name := range names {
		if !slices.Contains(auth.AllScopes.Names(), name) {
			return fmt.Sprintf("there is no scope %.40q: want some of %s", name, strings.Join(auth.AllScopes.Names(), ", "))
		}
	}
	return ""
}
