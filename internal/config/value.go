package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value reads a setting into its field and writes it back. The error of parse
// says what is allowed and never quotes the text.
type value interface {
	parse(text string) error
	String() string
}

// textValue takes any text that check accepts.
type textValue struct {
	p     *string
	check func(string) error
}

func (v textValue) String() string { return *v.p }

func (v textValue) parse(text string) error {
	if err := v.check(text); err != nil {
		return err
	}
	*v.p = text
	return nil
}

// choice takes one of some words.
type choice[T ~string] struct {
	p       *T
	allowed []T
}

func (v choice[T]) String() string { return string(*v.p) }

func (v choice[T]) parse(text string) error {
	if !slices.Contains(v.allowed, T(text)) {
		words := make([]string, len(v.allowed))
		for i, a := range v.allowed {
			words[i] = string(a)
		}
		return fmt.Errorf("want %s", strings.Join(words, " or "))
	}
	*v.p = T(text)
	return nil
}

type onOff struct{ p *bool }

func (v onOff) String() string {
	if *v.p {
		return "on"
	}
	return "off"
}

func (v onOff) parse(text string) error {
	if text != "on" && text != "off" {
		return errors.New("want on or off")
	}
	*v.p = text == "on"
	return nil
}

// number takes an integer of at least min, or -1 where unlimited is set.
type number struct {
	p         *int
	min, max  int
	unlimited bool
}

func (v number) String() string { return strconv.Itoa(*v.p) }

func (v number) parse(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || (n < v.min || n > v.max) && (!v.unlimited || n != -1) {
		allowed := fmt.Sprintf("want a whole number from %d to %d", v.min, v.max)
		if v.unlimited {
			allowed += ", or -1 for no limit"
		}
		return errors.New(allowed)
	}
	*v.p = n
	return nil
}

type duration struct {
	p        *time.Duration
	min, max time.Duration
}

func (v duration) String() string { return v.p.String() }

func (v duration) parse(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < v.min || d > v.max {
		return fmt.Errorf("want a time from %v to %v, such as 1.5s or 2m", v.min, v.max)
	}
	*v.p = d
	return nil
}

type level struct{ p *slog.Level }

func (v level) String() string { return strings.ToLower(v.p.String()) }

func (v level) parse(text string) error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, text) {
		return errors.New("want debug, info, warn or error")
	}
	return v.p.UnmarshalText([]byte(text))
}

// list takes items with commas between them.
type list[T any] struct {
	p    *[]T
	item func(string) (T, error)
	show func(T) string
}

func (v list[T]) String() string {
	items := make([]string, len(*v.p))
	for i, item := range *v.p {
		items[i] = v.show(item)
	}
	return strings.Join(items, ",")
}

func (v list[T]) parse(text string) error {
	var items []T
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		item, err := v.item(part)
		if err != nil {
			return fmt.Errorf("%s: %w", quoted(part), err)
		}
		items = append(items, item)
	}
	*v.p = items
	return nil
}

// replicaURLs is a list that quotes no item, which may be a piece of a password.
type replicaURLs struct{ p *[]string }

func (v replicaURLs) String() string { return strings.Join(*v.p, ",") }

func (v replicaURLs) parse(text string) error {
	var items []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if err := checkReplicaURL(part); err != nil {
			return fmt.Errorf("item %d: %w", len(items)+1, err)
		}
		items = append(items, part)
	}
	*v.p = items
	return nil
}

func checkReplicaURL(text string) error {
	switch err := checkDatabaseURL(text); {
	case errors.Is(err, errUntyped):
		return err
	case err != nil, strings.HasPrefix(text, "sqlite:"):
		return errors.New("want postgres://USER:PASSWORD@HOST:PORT/NAME, with characters such as , @ / ? in a password written as %2C %40 %2F %3F")
	}
	return nil
}

func checkDirectURL(text string) error {
	if text == "" {
		return nil
	}
	return checkReplicaURL(text)
}

func checkPath(text string) error {
	if strings.ContainsRune(text, 0) {
		return errors.New("want the path of a directory")
	}
	return nil
}

func checkAddr(text string) error {
	_, port, err := net.SplitHostPort(text)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		return errors.New("want HOST:PORT or :PORT, such as :8080 or 127.0.0.1:8080")
	}
	return nil
}

func checkPrivateAddr(text string) error {
	if text == "" {
		return nil
	}
	if err := checkAddr(text); err != nil {
		return fmt.Errorf("%w, or nothing to turn it off", err)
	}
	return nil
}

func checkDatabaseURL(text string) error {
	scheme, rest, _ := strings.Cut(text, ":")
	switch scheme {
	case "sqlite":
		if strings.TrimLeft(rest, "/") != "" {
			return nil
		}
	case "postgres", "postgresql":
		u, err := url.Parse(text)
		switch {
		case err != nil, misplacedAt(u): // its message would quote the password
			return errors.New("is not a URL; characters such as @ / ? # % in a user name or password are written as %40 %2F %3F %23 %25")
		case untyped[u.Query().Get("default_query_exec_mode")]:
			return errUntyped
		case strings.HasPrefix(rest, "//") && (u.Host != "" || u.Query().Has("host")):
			return nil
		}
	}
	return errors.New("want sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME")
}

// untyped are the modes of pgx in which it does not ask the server for the types
// of a statement, and so cannot send ids.
var untyped = map[string]bool{"exec": true, "simple_protocol": true}

var errUntyped = errors.New("default_query_exec_mode has to be cache_statement, cache_describe or describe_exec: in other modes no ids can be sent")

// misplacedAt tells whether an @ stands behind the address: the password before
// it holds a / or the like, and the rest of it was taken for the host, the
// database or a setting.
func misplacedAt(u *url.URL) bool {
	return strings.Contains(u.EscapedPath()+u.EscapedFragment(), "@") || u.User == nil && strings.Contains(u.RawQuery, "@")
}

func parseOrigin(text string) (string, error) {
	if text == "*" {
		return text, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || text != u.Scheme+"://"+u.Host {
		return "", errors.New("want an origin as browsers send it, such as https://app.example.org, or *")
	}
	return text, nil
}

// parseNetwork takes a network, or an address as the network of just itself.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errors.New("want a network or an address, such as 10.0.0.0/8 or 192.0.2.7")
	}
	return network.Masked(), nil
}

func anyText(string) error { return nil }

func parseWord(s string) (string, error) { return s, nil }

func checkRedisURL(text string) error {
	if text == "" || strings.HasPrefix(text, "redis://") || strings.HasPrefix(text, "rediss://") || strings.HasPrefix(text, "unix://") {
		return nil
	}
	return errors.New("want redis://USER:PASSWORD@HOST:6379/0, rediss:// or unix://")
}

// checkPersistedMode takes MODE, and CLIENT=MODE after it.
func checkPersistedMode(text string) error {
	for i, part := range strings.Split(text, ",") {
		name, mode, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			name, mode = "", name
		}
		if !slices.Contains([]string{"off", "apq", "log", "safelist", "id_only"}, mode) || named == (i == 0) || named && name == "" {
			return errors.New("want off, apq, log, safelist or id_only, and after it CLIENT=MODE for single clients, with commas between")
		}
	}
	return nil
}
