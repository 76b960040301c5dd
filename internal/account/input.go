package account

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/ghost"
	"github.com/weftql/weft/internal/input"
)

// Lengths in characters, as the schema's descriptions state them.
const (
	maxUsername  = 39
	maxName      = 100
	maxBio       = 2_000
	maxEmail     = 254
	maxAvatarURL = 500
	maxTokenName = 100
)

// checks are what is wrong with an input of an account.
type checks struct{ input.Checks }

// reserved are the names that users would take for the operator's.
func reserved() []string {
	return []string{ghost.Username, "admin", "administrator", "moderator", "root", "security", "support", "system", "weft"}
}

// usernamePattern is what new names look like; imported ones may be otherwise.
var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$`)

// username checks a new user name. What could be taken for an id, for the
// ghost or for the operator is refused.
func (in *checks) username(path, s string) string {
	s = strings.TrimSpace(s)
	_, notID := typeid.Parse(s)
	switch {
	case len(s) > maxUsername || !usernamePattern.MatchString(s):
		in.Add(path, "takes 1 to %d letters, digits, \"-\", \"_\" or \".\", with a letter or digit at both ends", maxUsername)
	case slices.Contains(reserved(), strings.ToLower(s)) || notID == nil:
		in.Add(path, "is reserved")
	}
	return s
}

func (in *checks) email(path, s string) string {
	s = strings.TrimSpace(s)
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > maxEmail || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		in.Add(path, "takes an e-mail address of at most %d characters", maxEmail)
	}
	return s
}

func (in *checks) password(path, s string, avoid ...string) {
	if why := password.Check(s, avoid...); why != "" {
		in.Add(path, "%s", why)
	}
}

// picture checks the address of a picture; empty is none.
func (in *checks) picture(path, s string) string {
	s = in.OptionalLine(path, s, maxAvatarURL)
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		in.Add(path, "takes an https address")
	}
	return s
}
