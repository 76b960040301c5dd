package stackexchange

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
	"github.com/weftql/weft/internal/markup"
)

const (
	maxBio  = 2000 // characters
	maxName = 100  // characters; the format allows 40
	maxURL  = 2048 // bytes
	maxSlug = 24   // bytes
)

// user reads a row of Users.xml.
func (m *importer) user(row *row) (bulk.User, error) {
	f := fields{row: row}
	id := f.id("Id")
	created := f.created()
	name := oneLine(f.text("DisplayName"))
	bio := f.text("AboutMe")
	avatar := f.text("ProfileImageUrl")
	if f.err != nil {
		return bulk.User{}, f.err
	}
	if name == "" {
		// What the network itself calls people without a name.
		name = "user" + strconv.FormatInt(id, 10)
	}
	if bio != "" {
		bio = firstRunes(markup.Text(markup.FormatHTML, bio), maxBio)
	}
	return bulk.User{
		ID: m.userID(id), Username: slug(name) + "-" + strconv.FormatInt(id, 10), Name: firstRunes(name, maxName),
		Bio: bio, AvatarURL: webAddress(avatar), Role: auth.RoleUser, CreatedAt: created, UpdatedAt: created,
	}, nil
}

func (m *importer) userID(id int64) typeid.User { return typeid.UserFrom(rowID(m.site, "user", id)) }

// slug makes the readable part of a user name: lower-case ASCII letters and
// digits in words joined by hyphens, "user" when none are left.
func slug(name string) string {
	var out []byte
	for _, r := range norm.NFKD.String(name) {
		switch {
		case 'A' <= r && r <= 'Z':
			out = append(out, byte(r-'A'+'a'))
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			out = append(out, byte(r))
		case norm.NFKD.PropertiesString(string(r)).CCC() != 0 || r == '\'' || r == '’':
			// An accent, or an apostrophe, is inside a word.
		case len(out) > 0 && out[len(out)-1] != '-':
			out = append(out, '-')
		}
	}
	if len(out) > maxSlug {
		out = out[:maxSlug]
	}
	if s := strings.Trim(string(out), "-"); s != "" {
		return s
	}
	return "user"
}

// webAddress returns an http or https address, "" for anything else.
func webAddress(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "//") {
		s = "https:" + s
	}
	lower := strings.ToLower(s[:min(len(s), 8)])
	if len(s) > maxURL || strings.ContainsAny(s, " \t\r\n<>\"") ||
		!strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") {
		return ""
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// firstRunes returns at most n characters of s.
func firstRunes(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n]))
}
