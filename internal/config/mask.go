package config

import (
	"net/url"
	"strings"
)

const masked = "xxxxx"

// maskURL hides the passwords in a URL. The text may be wrong in any way, since
// it is shown to say so; where it cannot tell what is a password it hides more
// rather than less.
func maskURL(text string) string {
	if strings.HasPrefix(text, "sqlite:") {
		return text
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return masked
	}
	// An unescaped @, / or ? may stand in a password: it ends at the last @.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, _, secret := strings.Cut(rest[:at], ":")
		if secret {
			user += ":" + masked
		}
		rest = user + rest[at:]
	}
	address, query, ok := strings.Cut(rest, "?")
	if !ok {
		return scheme + "://" + rest
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(key); err != nil || strings.Contains(strings.ToLower(name), "password") {
			pairs[i] = key + "=" + masked
		}
	}
	return scheme + "://" + address + "?" + strings.Join(pairs, "&")
}
