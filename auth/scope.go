package auth

import (
	"fmt"
	"slices"
	"strings"
)

// The scopes that the schema asks for. A schema may ask for others; they are
// granted by external issuers only.
const (
	ScopeRead    = "read"    // what the user sees; every credential has it
	ScopeWrite   = "write"   // posts, comments and tags
	ScopeProfile = "profile" // the user's profile
	ScopeAdmin   = "admin"   // a moderator's or administrator's rights
)

// AllScopes is what a session allows.
const AllScopes Scopes = ScopeAdmin + " " + ScopeProfile + " " + ScopeRead + " " + ScopeWrite

// Scopes is a set of scopes: their names, sorted, with one space between. The
// zero value is none.
type Scopes string

// maxScopes bounds the names in one credential, in bytes.
const maxScopes = 1_000

// ParseScopes reads names with spaces between them, as in a token's scope
// claim (RFC 6749, section 3.3). Order and repetition do not matter.
func ParseScopes(s string) (Scopes, error) {
	if len(s) > maxScopes {
		return "", fmt.Errorf("parse scopes: longer than %d bytes", maxScopes)
	}
	names := strings.Fields(s)
	for _, name := range names {
		for i := range len(name) {
			if c := name[i]; c < '!' || c > '~' || c == '"' || c == '\\' {
				return "", fmt.Errorf("parse scopes: a name holds the byte %#x", c)
			}
		}
	}
	slices.Sort(names)
	return Scopes(strings.Join(slices.Compact(names), " ")), nil
}

// Names returns the scopes in order.
func (s Scopes) Names() []string { return strings.Fields(string(s)) }

// Has reports whether the set holds the scope.
func (s Scopes) Has(name string) bool {
	for own := range strings.SplitSeq(string(s), " ") {
		if own == name && name != "" {
			return true
		}
	}
	return false
}

// Satisfies reports whether the set holds all scopes of at least one of the
// alternatives, as @requiresScopes writes them. No alternative is never
// satisfied.
func (s Scopes) Satisfies(alternatives [][]string) bool {
	return slices.ContainsFunc(alternatives, func(all []string) bool {
		return !slices.ContainsFunc(all, func(name string) bool { return !s.Has(name) })
	})
}
