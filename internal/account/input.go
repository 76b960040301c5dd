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
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/blank"
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

// ghost is to whom the content of deleted accounts belongs.
const ghost = "ghost"

// input gathers what is wrong with an input, so that a client is told all of
// it at once.
type input struct{ apperr.Faults }

// text checks a text, which may be empty, and returns it without white space
// around it; "" for one of which nothing is seen.
func (in *input) text(path, s string, limit int, lines bool) string {
	s = strings.TrimSpace(s)
	switch n := utf8.RuneCountInString(s); {
	case blank.Is(s):
	case !utf8.ValidString(s):
		in.Add(path, "is not valid UTF-8")
	case strings.ContainsRune(s, 0):
		in.Add(path, "holds a NUL character")
	case n > limit:
		in.Add(path, "takes at most %d characters, not %d", limit, n)
	case !lines && strings.ContainsFunc(s, breaksLine):
		in.Add(path, "is one line, without control characters")
	default:
		return s
	}
	return ""
}

// breaksLine reports what would end the line or turn the text around it, by
// which a name could look like another.
func breaksLine(r rune) bool {
	return unicode.IsControl(r) || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// reserved are the names that users would take for the operator's.
func reserved() []string {
	return []string{ghost, "admin", "administrator", "moderator", "root", "security", "support", "system", "weft"}
}

// usernamePattern is what new names look like; imported ones may be otherwise.
var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$`)

// username checks a new user name. What could be taken for an id, for the
// ghost or for the operator is refused.
func (in *input) username(path, s string) string {
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

func (in *input) email(path, s string) string {
	s = strings.TrimSpace(s)
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > maxEmail || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		in.Add(path, "takes an e-mail address of at most %d characters", maxEmail)
	}
	return s
}

func (in *input) password(path, s string, avoid ...string) {
	if why := password.Check(s, avoid...); why != "" {
		in.Add(path, "%s", why)
	}
}

// picture checks the address of a picture; empty is none.
func (in *input) picture(path, s string) string {
	s = in.text(path, s, maxAvatarURL, false)
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		in.Add(path, "takes an https address")
	}
	return s
}
