package config

import (
	"net/url"
	"slices"
	"strings"
)

const masked = "xxxxx"

// secretNames are parts of the names of parameters whose values are not shown.
var secretNames = []string{"password", "secret", "token", "key", "signature"}

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
		name, err := url.QueryUnescape(key)
		if err != nil || slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(strings.ToLower(name), part) }) {
			pairs[i] = key + "=" + masked
		}
	}
	return scheme + "://" + address + "?" + strings.Join(pairs, "&")
}

// maskURLs hides the passwords in a list of URLs; all of it, where one is none,
// for then a comma may stand in a password.
func maskURLs(text string) string {
	items := strings.Split(text, ",")
	for i, item := range items {
		item = strings.TrimSpace(item)
		if item != "" && checkReplicaURL(item) != nil {
			return masked
		}
		items[i] = item
		if item != "" {
			items[i] = maskURL(item)
		}
	}
	return strings.Join(items, ",")
}

// maskCredentials hides the credentials in each URL of a list; a user name
// without a password is one, too.
func maskCredentials(text string) string {
	items := strings.Split(text, ",")
	for i, item := range items {
		if !strings.Contains(item, "://") {
			continue
		}
		scheme, rest, _ := strings.Cut(maskURL(item), "://")
		if at := strings.LastIndexByte(rest, '@'); at >= 0 && !strings.Contains(rest[:at], ":") {
			rest = masked + rest[at:]
		}
		items[i] = scheme + "://" + rest
	}
	return strings.Join(items, ",")
}
